//! `verdict.json`, for programs.

use crate::check::Verdict;

/// The verdict as JSON, with a final end of line.
pub fn render(verdict: &Verdict) -> String {
    let mut text =
        serde_json::to_string_pretty(verdict).expect("a verdict is made of plain values");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{self, testing::Story};

    #[test]
    fn a_verdict_reads_back_as_it_was() {
        let verdict = check::verdict(&Story::moved_links().history());
        let back: Verdict = serde_json::from_str(&render(&verdict)).unwrap();
        assert_eq!(back, verdict);
    }

    #[test]
    fn the_names_stay() {
        let verdict = check::verdict(&Story::moved_links().history());
        insta::assert_snapshot!(render(&verdict), @r#"
        {
          "schema_version": 1,
          "scenario": "tiny",
          "run": "r1",
          "world": "none",
          "notes": [
            "made up"
          ],
          "seed": 7,
          "verdict": "pass",
          "reasons": [],
          "story_seconds": 6.0,
          "services": [
            {
              "name": "links",
              "client": "fresh",
              "downtime": {
                "min_seconds": 1.2,
                "max_seconds": 1.6
              },
              "budget_seconds": 5.0,
              "verdict": "pass",
              "unseen_seconds_max": 0.2,
              "unseen_around_changes_seconds_max": 0.2,
              "samples": {
                "up": 13,
                "slow": 0,
                "wrong": 0,
                "down": 7,
                "none": 0
              },
              "outages": [
                {
                  "from": 2.2,
                  "to": 3.6,
                  "min_seconds": 1.2,
                  "max_seconds": 1.6,
                  "causes": [
                    {
                      "kind": "step",
                      "id": "start-links",
                      "share": 0.56
                    },
                    {
                      "kind": "fault",
                      "id": "squatter",
                      "share": 0.06
                    },
                    {
                      "kind": "step",
                      "id": "stop-links",
                      "share": 0.0
                    }
                  ],
                  "phases": [
                    {
                      "phase": "idle",
                      "seconds": 0.1,
                      "share": 0.062
                    },
                    {
                      "phase": "starting",
                      "seconds": 1.5,
                      "share": 0.938,
                      "step": "start-links"
                    }
                  ]
                }
              ],
              "flapping": [],
              "slow_times": [],
              "latency": {
                "p50_seconds": 0.0005,
                "p90_seconds": 0.0005,
                "p99_seconds": 0.0005,
                "max_seconds": 0.0005
              },
              "last_error": "refused",
              "advice": "1.5s of 1.6s is starting: start it before the stop if it can run twice, or see in its log what it waits for (step `start-links`)"
            }
          ],
          "groups": [
            {
              "name": "all",
              "services": [
                "links"
              ],
              "downtime": {
                "min_seconds": 1.2,
                "max_seconds": 1.6
              },
              "budget_seconds": 10.0,
              "verdict": "pass"
            }
          ],
          "ledger": [],
          "end_state": [
            {
              "id": "links-listens",
              "verdict": "pass",
              "expected": "`new` listens on 80",
              "found": "listeners: 80 (docker-proxy)",
              "after_restart": {
                "verdict": "pass",
                "found": "listeners: 80 (docker-proxy)"
              }
            }
          ],
          "faults": [
            {
              "id": "squatter",
              "kind": "port-occupied",
              "injected_at": 1.0,
              "bite_verified": true,
              "healed_at": 2.1,
              "gone_verified": true,
              "verdict": "pass",
              "detail": "the port is free"
            }
          ],
          "steps": [
            {
              "id": "stop-links",
              "summary": "stop `links` on `old`",
              "started_at": 1.5,
              "ended_at": 2.0,
              "outcome": "passed",
              "verdict": "pass",
              "attempts": 1,
              "detail": "stopped"
            },
            {
              "id": "start-links",
              "summary": "start `links` on `new`",
              "started_at": 2.1,
              "ended_at": 3.0,
              "outcome": "passed",
              "verdict": "pass",
              "attempts": 1,
              "detail": "started"
            }
          ],
          "egress_refused": []
        }
        "#);
    }
}
