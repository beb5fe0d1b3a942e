//! Budgets for several services together: the union of their outages, not the sum.

use std::collections::BTreeMap;

use super::{
    GroupVerdict, Reason, ReasonKind,
    blame::Scene,
    completeness,
    downtime::{Extent, Finding},
    outages::{self, Outage, Seen},
};
use crate::{
    base::{Duration, ServiceId, StoryTime},
    plan::Group,
    probe::Client,
};

pub(super) fn check(
    scene: &Scene<'_>,
    seen: &[Seen<'_>],
    reasons: &mut Vec<Reason>,
) -> Vec<GroupVerdict> {
    let whole = completeness::whole(scene.history);
    let fresh = seen.iter().filter(|seen| seen.client == Client::Fresh);
    let fresh: BTreeMap<_, _> = fresh.map(|seen| (seen.service, seen)).collect();
    scene
        .plan
        .budgets
        .iter()
        .map(|(name, group)| {
            let members = group.services.iter().map(|id| (id, fresh.get(id).copied()));
            let members: Vec<_> = members.collect();
            let extent = together(&members);
            let finding = extent.against(Some(group.max), &scene.plan.probing, whole);
            reasons.extend(reason(name, group, &members, extent, finding));
            GroupVerdict {
                name: name.clone(),
                services: group.services.clone(),
                downtime: extent.interval(),
                budget_seconds: group.max.into(),
                verdict: finding.ruling(),
            }
        })
        .collect()
}

type Member<'a> = (&'a ServiceId, Option<&'a Seen<'a>>);

/// The downtime of all members at once. A member that nobody saw makes it unseen.
fn together(members: &[Member<'_>]) -> Extent {
    let outages: Vec<_> =
        members.iter().filter_map(|(_, seen)| *seen).flat_map(|seen| &seen.outages).collect();
    let union_of =
        |span: fn(&&Outage) -> (StoryTime, StoryTime)| union(outages.iter().map(span).collect());
    let unseen: Option<Vec<_>> = members
        .iter()
        .map(|(_, seen)| seen.filter(|seen| seen.any()).map(|s| s.unseen.unwrap_or_default()))
        .collect();
    Extent {
        min: union_of(|outage| (outage.first_bad, outage.last_bad)),
        max: union_of(|outage| (outage.good_before, outage.end)),
        down: !outages.is_empty(),
        open: outages.iter().any(|outage| outage.open),
        lost: outages::lost(outages.iter().copied()),
        unseen: unseen.map(|all| all.into_iter().max().unwrap_or_default()),
        doubt: members.iter().find_map(|(_, seen)| seen.and_then(|seen| seen.doubt)),
    }
}

/// How long at least one of the spans lasts.
fn union(mut spans: Vec<(StoryTime, StoryTime)>) -> Duration {
    spans.sort_unstable();
    let mut covered = StoryTime::default();
    spans
        .into_iter()
        .map(|(from, to)| {
            let fresh = to.since(from.max(covered));
            covered = covered.max(to);
            fresh
        })
        .sum()
}

fn reason(
    name: &str,
    group: &Group,
    members: &[Member<'_>],
    extent: Extent,
    finding: Finding,
) -> Option<Reason> {
    let words = finding.words(extent.interval(), Some(group.max.into()))?;
    let who: Vec<_> = match finding {
        Finding::NoSample => {
            members.iter().filter(|(_, seen)| !seen.is_some_and(Seen::any)).collect()
        }
        Finding::Unseen(_) => vec![],
        Finding::Doubted(_) => {
            members.iter().filter(|(_, seen)| seen.is_some_and(|s| s.doubt.is_some())).collect()
        }
        Finding::StillDown | Finding::LostSight(_) => {
            let open = |seen: &Seen<'_>| seen.outages.iter().any(|outage| outage.open);
            members.iter().filter(|(_, seen)| seen.is_some_and(open)).collect()
        }
        _ => {
            members.iter().filter(|(_, seen)| seen.is_some_and(|s| !s.outages.is_empty())).collect()
        }
    };
    let mut text = format!("of `{name}` together, at least one {words}");
    if !who.is_empty() {
        let names: Vec<_> = who.iter().map(|(id, _)| format!("`{id}`")).collect();
        text.push_str(&format!(" ({})", names.join(", ")));
    }
    Some(Reason::new(ReasonKind::Group, finding.ruling(), text))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::check::{Ruling, downtime, testing::Story};

    fn judged(budget: &str, links: &str, mail: &str) -> (Ruling, String) {
        let end = links.len() as u64 * 1_000;
        let history = Story::new()
            .service("links", None)
            .service("mail", None)
            .group("all", &["links", "mail"], budget)
            .begin_migrate()
            .sampled("links", 0..end, links)
            .sampled("mail", 0..end, mail)
            .complete(end)
            .history();
        let scene = Scene::of(&history);
        let mut reasons = vec![];
        let groups = check(&scene, &downtime::seen(&scene), &mut reasons);
        let texts: Vec<_> = reasons.into_iter().map(|reason| reason.text).collect();
        (groups[0].verdict, texts.join("\n"))
    }

    #[test]
    fn the_union_counts_not_the_sum() {
        // Each is down for 2 s to 4 s; together for 3 s to 5 s.
        let (links, mail) = ("..xxx....", "...xxx...");
        assert_eq!(judged("5s", links, mail), (Ruling::Pass, String::new()));
        let told = |words: &str| {
            format!(
                "of `all` together, at least one was down for 3s to 5s, {words} (`links`, `mail`)"
            )
        };
        assert_eq!(
            judged("4s", links, mail),
            (Ruling::Unknown, told("which may be over the budget of 4s"))
        );
        assert_eq!(judged("2s", links, mail), (Ruling::Fail, told("over the budget of 2s")));
    }

    #[test]
    fn a_member_that_nobody_saw_makes_it_unknown() {
        let text = "of `all` together, at least one was not seen at all: no probe told whether it \
                    is up (`mail`)";
        assert_eq!(judged("5s", "....", "????"), (Ruling::Unknown, text.to_owned()));
    }

    #[test]
    fn a_member_that_stays_down_fails_it() {
        let text = "of `all` together, at least one was still down at the end, after 4s in all \
                    (`links`)";
        assert_eq!(judged("5m", "..xx", ".x.."), (Ruling::Fail, text.to_owned()));
    }

    proptest! {
        #[test]
        fn together_is_at_least_each_and_at_most_all(
            links in "[.xw?]{1,30}", mail in "[.xw?]{1,30}", db in "[.xw?]{1,30}"
        ) {
            let end = 30_000;
            let story = ["links", "mail", "db"].into_iter().zip([links, mail, db]).fold(
                Story::new().begin_migrate(),
                |story, (service, samples)| {
                    story.service(service, None).sampled(service, 0..end, &samples)
                },
            );
            let history = story.group("all", &["links", "mail", "db"], "1h").complete(end).history();
            let scene = Scene::of(&history);
            let seen = downtime::seen(&scene);
            let together = check(&scene, &seen, &mut vec![])[0].downtime;
            let (mut min, mut max) = (Duration::ZERO, Duration::ZERO);
            for seen in &seen {
                let own_min: Duration = seen.outages.iter().map(Outage::min).sum();
                let own_max: Duration = seen.outages.iter().map(Outage::max).sum();
                prop_assert!(own_min <= together.min_seconds.0 && own_max <= together.max_seconds.0);
                (min, max) = (min + own_min, max + own_max);
            }
            prop_assert!(together.min_seconds.0 <= min && together.max_seconds.0 <= max);
        }

        #[test]
        fn merging_never_shortens_and_never_exceeds_the_sum(
            spans in prop::collection::vec((0u64..10_000, 0u64..5_000), 0..20)
        ) {
            let spans: Vec<_> =
                spans.iter().map(|(at, by)| (StoryTime(*at), StoryTime(at + by))).collect();
            let all = union(spans.clone());
            for skipped in 0..spans.len() {
                let mut fewer = spans.clone();
                fewer.remove(skipped);
                prop_assert!(union(fewer) <= all);
            }
            prop_assert!(all <= spans.iter().map(|(from, to)| to.since(*from)).sum());
            prop_assert!(spans.iter().all(|(from, to)| to.since(*from) <= all));
        }
    }
}
