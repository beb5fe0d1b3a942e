//! Values with a short and a long way to be written.

use std::{borrow::Cow, fmt};

use indexmap::IndexMap;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, value::MapAccessDeserializer},
};

use crate::{
    base::{Duration, ServiceId},
    probe::Client,
};

/// A published port: `8080`, or `8080:80` for port 80 of the container at 8080 of the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Publish {
    /// The port on the host.
    pub host: u16,
    /// The port in the container.
    pub container: u16,
}

impl fmt::Display for Publish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.container)
    }
}

impl Serialize for Publish {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Publish {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl de::Visitor<'_> for Visitor {
            type Value = Publish;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a port such as `8080`, or `8080:80` for host and container")
            }
            fn visit_u64<E: de::Error>(self, port: u64) -> Result<Publish, E> {
                self.visit_str(&port.to_string())
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Publish, E> {
                let port = |text: &str| text.parse().ok().filter(|port: &u16| *port > 0);
                let (host, container) = text.split_once(':').unwrap_or((text, text));
                match (port(host), port(container)) {
                    (Some(host), Some(container)) => Ok(Publish { host, container }),
                    _ => Err(E::invalid_value(de::Unexpected::Str(text), &self)),
                }
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

impl JsonSchema for Publish {
    fn schema_name() -> Cow<'static, str> {
        "publish".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A port, or `HOST:CONTAINER`.",
            "anyOf": [
                { "type": "integer", "minimum": 1, "maximum": 65535 },
                { "type": "string", "pattern": "^[0-9]{1,5}(:[0-9]{1,5})?$" },
            ],
            "examples": [8080, "8080:80"],
        })
    }
}

/// A budget for several services: `10m` for every service, or a list of them and a duration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GroupBudget {
    /// The services; every one when empty.
    pub services: Vec<ServiceId>,
    /// The allowed time during which at least one of them is down.
    pub max: Duration,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct LongGroupBudget {
    /// The services of the group.
    services: Vec<ServiceId>,
    /// The allowed time during which at least one of them is down.
    max: Duration,
}

impl<'de> Deserialize<'de> for GroupBudget {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> de::Visitor<'de> for Visitor {
            type Value = GroupBudget;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a duration such as `10m`, or `{ services: [...], max: 10m }`")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<GroupBudget, E> {
                let max = text.parse().map_err(E::custom)?;
                Ok(GroupBudget { services: vec![], max })
            }
            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<GroupBudget, A::Error> {
                LongGroupBudget::deserialize(MapAccessDeserializer::new(map))
                    .map(|LongGroupBudget { services, max }| GroupBudget { services, max })
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

impl JsonSchema for GroupBudget {
    fn schema_name() -> Cow<'static, str> {
        "group-budget".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let short = generator.subschema_for::<Duration>();
        let long = generator.subschema_for::<LongGroupBudget>();
        json_schema!({ "anyOf": [short, long] })
    }
}

/// The allowed downtime of a service: `5m` as `fresh` clients see it, or `{ fresh: 5m, late: 1h }`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Budget(pub IndexMap<Client, Duration>);

impl<'de> Deserialize<'de> for Budget {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Budget;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a duration such as `5m`, or one per client: `{ fresh: 5m, late: 1h }`")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Budget, E> {
                let max = text.parse().map_err(E::custom)?;
                Ok(Budget([(Client::Fresh, max)].into()))
            }
            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Budget, A::Error> {
                IndexMap::deserialize(MapAccessDeserializer::new(map)).map(Budget)
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

impl JsonSchema for Budget {
    fn schema_name() -> Cow<'static, str> {
        "budget".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let short = generator.subschema_for::<Duration>();
        let long = generator.subschema_for::<IndexMap<Client, Duration>>();
        json_schema!({ "anyOf": [short, long] })
    }
}
