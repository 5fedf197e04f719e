# packages.sh  What each part of ./dev needs from Debian, and how it is installed (sourced by ./dev)
#
# Nothing that is installed here may start a service or change how the machine is configured: while
# apt runs, policy-rc.d denies every start, and peers that are servers are unpacked beside the build
# instead of installed, so that no user, unit or configuration file of theirs appears.

packages_build="gcc libc6-dev meson ninja-build pkg-config python3 tzdata libre-dev librem-dev libsqlite3-dev
	libssl-dev libpcre2-dev libcurl4-openssl-dev libcunit1-dev libsystemd-dev"
packages_test="sip-tester baresip-core iproute2 procps util-linux libsrtp2-dev tshark sipsak"
packages_bench="sip-tester procps libsrtp2-dev"
packages_fuzz="clang llvm libclang-rt-14-dev"
packages_lint="git clang clang-format clang-tidy cppcheck"
packages_why_build="the compiler, meson and the libraries Tandem is built from"
packages_why_test="the SIP programs that stand in for phones and switches in the tests"
packages_why_bench="the load generator that calls are measured with"
packages_why_fuzz="clang with libFuzzer and the sanitizers"
packages_why_lint="the formatter and the two static analysers"

# Servers, and what not every machine has, to test with and to measure beside ours: unpacked into .cache/peers,
# never installed.
peers_test="kamailio kamailio-presence-modules rtpengine-daemon dnsmasq-base linphone-cli"
peers_bench="rtpengine-daemon"

package_missing() { # PACKAGE: true if it is not installed
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" != installed ]
}

packages_need() { # GROUP: install what is missing of packages_GROUP, say what and why
	local list="packages_$1" why="packages_why_$1" package missing=()

	for package in ${!list}; do
		package_missing "$package" && missing+=("$package")
	done
	[ ${#missing[@]} -eq 0 ] && return 0

	echo "installing ${!why}: ${missing[*]}"
	apt_quietly install -y --no-install-recommends "${missing[@]}"
}

as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		echo "dev: '$*' needs root; run it as root, or install sudo" >&2
		return 1
	fi
}

# Run apt-get with service starts denied; its output is shown only if it fails.
apt_quietly() {
	local log rc=0
	log=$(mktemp)

	as_root bash "$here/packaging/dev/apt-no-services.sh" "$@" >"$log" 2>&1 </dev/null || rc=$?
	if [ $rc -ne 0 ]; then
		cat "$log" >&2
		echo "dev: apt-get $* failed; is the network up and 'apt-get update' possible?" >&2
	fi
	rm -f "$log"
	return $rc
}

# What a peer needs beside other peers, which are not to be installed either.
peer_libraries() { # DEB
	dpkg-deb -f "$1" Depends | tr ',' '\n' | grep -vxE " *($(echo "$peers_test" | tr ' ' '|')) *(\(.*\))?" | paste -sd,
}

peer_unpack() { # PACKAGE: install its libraries, unpack the rest into .cache/peers
	local package=$1 root="$here/.cache/peers"

	[ -e "$root/$package.unpacked" ] && return 0
	echo "unpacking $package into .cache/peers (not installed, nothing started)"
	mkdir -p "$root"
	apt_quietly update &&
	(cd "$root" && apt-get download -q "$package" >/dev/null 2>&1) &&
	apt_quietly satisfy -y --no-install-recommends "$(peer_libraries "$root/$package"_*.deb)" &&
	dpkg-deb -x "$root/$package"_*.deb "$root" &&
	touch "$root/$package.unpacked"
}
