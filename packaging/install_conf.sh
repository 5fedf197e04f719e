#!/bin/sh
# install_conf.sh EXAMPLE CONF  Install a first tandem.conf for the systemd units; never over one that is there.
set -eu

conf="${DESTDIR:-}$2"
if [ -e "$conf" ]; then
	echo "$conf is there already and is kept"
	exit 0
fi

mkdir -p "$(dirname "$conf")"
# the folders that the units' StateDirectory and RuntimeDirectory make
sed -e 's|^#data_dir .*|data_dir /var/lib/tandem|' -e 's|^#run_dir .*|run_dir /run/tandem|' "$1" >"$conf"
chmod 644 "$conf"
