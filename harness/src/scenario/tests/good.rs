//! Scenarios without a mistake.

use serde_json::json;

use super::{
    super::{schema, step_ids},
    GOOD, read,
};
use crate::{base::OneOrMany, fault::WORDS};

#[test]
fn everything_that_can_be_said() {
    let scenario = read(GOOD).unwrap_or_else(|mistakes| panic!("{}", mistakes.plain()));
    let container = scenario.services[0].container.as_ref().expect("a container");
    let environment: Vec<_> = container.environment.values().map(String::as_str).collect();
    assert_eq!(environment, ["3306", "true", "été 🌞"]);
    assert_eq!((container.publish[0].host, container.publish[0].container), (3307, 3306));
    assert_eq!(scenario.steps[2].arguments, Some(vec!["--port".to_owned(), "25".to_owned()]));
    assert_eq!(scenario.steps[4].install, Some(OneOrMany(vec!["htop".to_owned()])));
    assert_eq!(
        scenario.hosts["relay".parse::<crate::base::HostId>().as_ref().unwrap()].user,
        "admin"
    );
}

#[test]
fn steps_are_named_after_what_they_do() {
    let scenario = read(GOOD).expect("it is good");
    let ids: Vec<String> = step_ids(&scenario).iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(ids.join(" "), @"ttl-links wait unplug free-port-25 install-htop volume-db image-db stop-links stop-db transfer-db start-db transfer-links start-links point-links check wait-2");
}

#[test]
fn bytes_that_mark_utf_8_are_no_mistake() {
    assert_eq!(read(&format!("\u{feff}{GOOD}")).expect("it is good"), read(GOOD).unwrap());
}

#[test]
fn json_is_read_too() {
    let json = serde_json::to_string(&read(GOOD).unwrap()).unwrap();
    let again = read(&json).unwrap_or_else(|mistakes| panic!("{}", mistakes.plain()));
    assert_eq!(again, read(GOOD).unwrap());
}

/// 5,000 lines, each step and service of its own.
fn long() -> String {
    let hosts = "hosts:\n  old: { docker: true }\n  new: { docker: true }\n";
    let mut text =
        format!("filage: 1\nscenario: long\nzone: {{ name: a.example }}\n{hosts}services:\n");
    for n in 0..500 {
        text += &format!("  s{n}:\n    on: old\n    name: s{n}.a.example\n    container:\n");
        text += &format!("      image: images/db\n      publish: [{}]\n", 1000 + n);
        text += "      volumes: { data: /srv }\n";
    }
    text += "steps:\n";
    for n in 0..500 {
        text += &format!("  - stop: s{n}\n  - transfer: {{ service: s{n}, from: old, to: new }}\n");
        text += &format!("  - start: s{n}\n    on: new\n  - point:\n      name: s{n}.a.example\n");
        text += "      to: new\n";
    }
    text
}

#[test]
fn a_long_scenario() {
    let text = long();
    assert!(text.lines().count() >= 5000, "{} lines", text.lines().count());
    let scenario = read(&text).unwrap_or_else(|mistakes| panic!("{}", mistakes.plain()));
    assert_eq!((scenario.services.len(), scenario.steps.len()), (500, 2000));
    let broken = text.replacen("stop: s499", "stop: s500", 1);
    let mistakes = read(&broken).expect_err("there is no s500");
    assert_eq!(mistakes.list().len(), 1);
    assert!(mistakes.plain().contains("unknown service `s500`"), "{}", mistakes.plain());
}

#[test]
fn the_schema_says_exactly_one_of() {
    let schema = schema();
    for (name, count) in [("Step", 11), ("Fault", WORDS.len()), ("Service", 2)] {
        let one_of = schema["$defs"][name]["oneOf"].as_array().expect("alternatives");
        assert_eq!(one_of.len(), count, "{name}");
    }
    let stop = &schema["$defs"]["Step"]["properties"]["stop"];
    assert_eq!(stop, &json!({ "$ref": "#/$defs/service-id", "description": "Stop a service." }));
    assert_eq!(schema["$defs"]["Step"]["properties"]["run"]["type"], "string");
    let kinds = WORDS.map(|word| json!({ "required": [word] }));
    assert_eq!(schema["$defs"]["Fault"]["oneOf"], json!(kinds.as_slice()));
    assert_eq!(schema["title"], "Filage scenario, version 1");
}
