#!/bin/bash
# apt-get while no package may start a service: what policy-rc.d said before is put back afterwards.
# usage (as root): apt-no-services.sh APT-GET-ARGUMENTS
set -u

policy=/usr/sbin/policy-rc.d
kept=$policy.tandem-kept

policy_restore() {
	rm -f "$policy"
	if [ -e "$kept" ] || [ -L "$kept" ]; then
		mv "$kept" "$policy"
	fi
}

policy_deny() {
	if [ -e "$kept" ] || [ -L "$kept" ]; then
		policy_restore # an earlier run was killed half-way
	fi
	if [ -e "$policy" ] || [ -L "$policy" ]; then
		mv "$policy" "$kept"
	fi
	printf '#!/bin/sh\nexit 101\n' >"$policy"
	chmod 755 "$policy"
}

exec 9>/run/lock/tandem-apt.lock
flock 9 # two runs of ./dev must not restore each other's policy

export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1
trap policy_restore EXIT
trap 'exit 130' INT TERM
policy_deny

apt_get() { apt-get -q -o DPkg::Lock::Timeout=300 "$@"; }

# A bare machine has no package lists, an idle one has old ones: update and try again once.
apt_get "$@" || { apt_get update && apt_get "$@"; }
