"""Whether a deployment is well: from a snapshot to one result for each check. Pure; what is bad names its remedy."""
