#!/bin/sh
# What an admin looks at over the provider's console when a host does not answer: link, address,
# resolver, package mirror. Takes at most some five seconds and always exits 0; the last line says
# `network: ok` or `network: down (WHY)`.
set -u

down() {
	echo "network: down ($1)"
	exit 0
}

# Not the loopback, and not the engine's own bridges.
link=
for path in /sys/class/net/*; do
	case ${path##*/} in
	lo | docker* | br-* | veth*) ;;
	*) link=${link:-${path##*/}} ;;
	esac
done
[ -n "$link" ] || down 'no network interface'
ip -brief address show dev "$link"
ip -4 route show
case $(ip -brief link show dev "$link") in
*[\<,]UP[,\>]*) ;;
*) down "link $link is down" ;;
esac
[ -n "$(ip -4 -brief address show dev "$link" | awk '{ print $3 }')" ] || down "no address on $link"

resolver=$(awk '$1 == "nameserver" { print $2; exit }' /etc/resolv.conf)
[ -n "$resolver" ] || down 'no resolver in /etc/resolv.conf'
ping -q -c 1 -W 1 "$resolver" || down "the resolver $resolver does not answer a ping"

# Through the proxy, where apt has one. A mirror that is away is a finding, not the network's fault.
proxy=$(apt-config dump Acquire::http::Proxy 2>/dev/null | sed 's/.* "\(.*\)";/\1/')
# shellcheck disable=SC2016 # apt fills these in
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null | head -n 1)
status=$(curl -s -o /dev/null -m 2 -w '%{http_code}' ${proxy:+-x "$proxy"} "${mirror%/}/dists/bookworm/Release") || true
case $status in
200) echo "package mirror: answers" ;;
*) echo "package mirror: does not answer ($status)" ;;
esac
echo 'network: ok'
