#!/bin/sh
# rasad - the command line with the settings of the service; what is set already wins.
set -eu
while IFS='=' read -r name value; do
    case "$name" in
    RASAD_*[!A-Z_]*) ;;
    RASAD_*) eval "is_set=\${$name+yes}"
             [ -n "$is_set" ] || export "$name=$value" ;;
    esac
done < /etc/default/rasad
exec /usr/lib/rasad/rasad "$@"
