//! Packet rules of faults: each fault has a table of its own, `filage-ID`, loaded now
//! and, by a unit, at every boot. So they compose, and neither touches the wall's, `filage`. Pure.

use crate::base::FaultId;

/// The rules for packets that come in and that go out, also those of containers on the host. Between
/// several is `; `.
pub(super) fn both_ways(incoming: &str, outgoing: &str) -> String {
    let chain = |hook: &str, priority: &str, link: &str, rules: &str| {
        if rules.is_empty() {
            return String::new();
        }
        let rules = rules.split("; ").map(|rule| format!(" {link} \"eth0\" {rule};"));
        let rules: String = rules.collect();
        format!("chain {hook} {{ type filter hook {hook} priority {priority};{rules} }}\n")
    };
    chain("prerouting", "-310", "iifname", incoming)
        + &chain("postrouting", "310", "oifname", outgoing)
}

/// A command that has the rules of a fault in force, now and at every boot.
pub(super) fn lay(id: &FaultId, chains: &str) -> String {
    let table = format!("table inet filage-{id} {{\n{chains}}}\n");
    let unit = format!(
        "[Unit]\nDefaultDependencies=no\nBefore=ssh.service docker.service\n\
         [Service]\nType=oneshot\nExecStart=/usr/sbin/nft -f /var/lib/filage/{id}.nft\n\
         [Install]\nWantedBy=sysinit.target\n"
    );
    format!(
        "printf '%s' '{table}' > /var/lib/filage/{id}.nft && \
         printf '%s' '{unit}' > /etc/systemd/system/filage-{id}.service && \
         systemctl enable --quiet filage-{id}.service && nft -f /var/lib/filage/{id}.nft"
    )
}

/// A command that takes the rules of a fault away, and passes when they are.
pub(super) fn lift(id: &FaultId) -> String {
    format!(
        "systemctl disable --quiet filage-{id}.service 2>/dev/null; \
         rm -f /var/lib/filage/{id}.nft /etc/systemd/system/filage-{id}.service; \
         nft delete table inet filage-{id} 2>/dev/null; \
         ! nft list table inet filage-{id} >/dev/null 2>&1"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_those_of_the_way_that_is_meant() {
        insta::assert_snapshot!(both_ways("drop", "ip length > 1400 drop"), @r#"
        chain prerouting { type filter hook prerouting priority -310; iifname "eth0" drop; }
        chain postrouting { type filter hook postrouting priority 310; oifname "eth0" ip length > 1400 drop; }
        "#);
        assert_eq!(both_ways("drop", "").lines().count(), 1);
        insta::assert_snapshot!(both_ways("ip saddr 198.18.0.10 drop; ip6 saddr 2001:2::a drop", ""), @r#"chain prerouting { type filter hook prerouting priority -310; iifname "eth0" ip saddr 198.18.0.10 drop; iifname "eth0" ip6 saddr 2001:2::a drop; }"#);
    }

    #[test]
    fn a_fault_has_a_table_of_its_own_beside_the_wall() {
        let id: FaultId = "deaf".parse().unwrap();
        let command = lay(&id, &both_ways("drop", ""));
        assert!(command.contains("table inet filage-deaf {"), "{command}");
        assert!(lift(&id).contains("filage-deaf.service"));
        assert!(!command.contains("table ip filage "), "{command}");
    }
}
