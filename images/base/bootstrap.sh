#!/bin/sh
# bootstrap.sh TAR MIRROR [SECURITY_MIRROR]: the root file system for ROOTFS where no registry
# answers; import TAR into the engine. Needs mmdebstrap on the machine that runs it.
set -eu
here=$(dirname "$0")
tar=$1 mirror=$2 security=${3-}

set -- "deb $mirror bookworm main" "deb $mirror bookworm-updates main"
if [ -n "$security" ]; then set -- "$@" "deb $security bookworm-security main"; fi

# The hooks merge /usr beforehand; otherwise usrmerge does it, and brings 46 MB of Perl.
exec mmdebstrap --variant=minbase --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr \
	--dpkgopt="$here/dpkg.cfg" --aptopt='Acquire::Check-Valid-Until "false"' \
	bookworm "$tar" "$@"
