//! Owns the JSON Schema by which editors complete and check a scenario.
//! Must not know: what only a look at the whole can tell.

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::{
    Overlay, Scenario,
    model::VERBS,
    writer::{READS, WRITES},
};
use crate::fault;

/// The JSON Schema (draft 2020-12) of format version 1.
pub fn schema() -> Value {
    let schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Scenario>();
    let mut schema = schema.to_value();
    schema["$id"] = json!("urn:filage:scenario:1");
    schema["title"] = json!("Filage scenario, version 1");
    exactly_one(&mut schema["$defs"]["Step"], &VERBS);
    exactly_one(&mut schema["$defs"]["Fault"], &fault::WORDS);
    exactly_one(&mut schema["$defs"]["Service"], &["container", "unit"]);
    exactly_one(&mut schema["$defs"]["Writer"], &WRITES);
    exactly_one(&mut schema["$defs"]["Reader"], &READS);
    exactly_one(&mut schema["$defs"]["HttpWrite"], &["post", "put"]);
    schema
}

/// The same for overlays of format version 1.
pub fn overlay_schema() -> Value {
    let schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Overlay>();
    let mut schema = schema.to_value();
    schema["$id"] = json!("urn:filage:overlay:1");
    schema["title"] = json!("Filage overlay, version 1");
    exactly_one(&mut schema["$defs"]["Fault"], &fault::WORDS);
    schema
}

/// Says that exactly one of the keys must be there, with a value.
fn exactly_one(schema: &mut Value, keys: &[&str]) {
    let properties = schema["properties"].as_object_mut().expect("a struct has properties");
    for key in keys {
        let property = properties.get_mut(*key).expect("each of the keys is a property");
        forbid_null(property.as_object_mut().expect("a property is described"));
    }
    let alternatives: Vec<Value> = keys.iter().map(|key| json!({ "required": [key] })).collect();
    schema["oneOf"] = Value::Array(alternatives);
}

/// Makes of "this or nothing" just this.
fn forbid_null(property: &mut Map<String, Value>) {
    property.remove("default");
    if let Some(Value::Array(types)) = property.get_mut("type") {
        types.retain(|kind| kind != "null");
        if let [only] = types.as_slice() {
            property["type"] = only.clone();
        }
    }
    if let Some(Value::Array(mut alternatives)) = property.remove("anyOf") {
        alternatives.retain(|alternative| alternative["type"] != "null");
        match alternatives.as_slice() {
            [Value::Object(only)] => property.extend(only.clone()),
            _ => drop(property.insert("anyOf".to_owned(), Value::Array(alternatives))),
        }
    }
}
