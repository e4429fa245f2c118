"""Filebeat reads the services' log files, and nothing else, so that no line arrives a second time by the journal.

The lines are JSON objects already and become fields below `mutt`. What Filebeat logs in with comes from its own
keystore (SO:1514-1532 has a password in the environment).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mutt_cli.present.generated.site import made

if TYPE_CHECKING:
    from mutt_cli.core.generated import GeneratedFile
    from mutt_cli.present.generated.site import Site

PATH: Final = "/etc/filebeat/filebeat.yml"
THEN: Final = ("filebeat test config", "systemctl restart filebeat")


def files(site: Site) -> tuple[GeneratedFile, ...]:
    """The whole configuration; where there is one already, ours is written beside it."""
    parsers = """\
    parsers:
      - ndjson:
          target: mutt
          message_key: message
          add_error_key: true
"""
    body = f"""\
# First: filebeat keystore add ELASTICSEARCH_API_KEY, and the address below.
filebeat.inputs:
  - type: filestream
    id: mutt
    paths:
      - {site.log_dir}/*.log
{parsers if site.settings.log.format == "json" else ""}    fields:
      service: mutt
    fields_under_root: false

output.elasticsearch:
  hosts: ["https://elasticsearch.example.com:9200"]
  api_key: "${{ELASTICSEARCH_API_KEY}}"
"""
    return (made(PATH, "filebeat", body, mode=0o600),)
