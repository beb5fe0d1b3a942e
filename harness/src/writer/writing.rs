//! How a write is made.

use std::fmt;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::WriteId;
pub use crate::probe::SqlEngine;

/// How a write is made. Every text may hold the id's place, `{id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Writing {
    /// A request over HTTP/1.1.
    Http(HttpWrite),
    /// The same over TLS; the certificate must be the world's.
    Https(HttpWrite),
    /// A statement.
    Sql(SqlWrite),
    /// A mail (RFC 5321).
    Smtp(SmtpWrite),
}

/// See [`Writing::Http`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpWrite {
    /// The port.
    pub port: u16,
    /// What is asked for.
    pub method: Method,
    /// The path, with its query.
    pub path: String,
    /// Further headers.
    pub headers: IndexMap<String, String>,
    /// What is sent.
    pub content: Content,
    /// What says that it was taken.
    pub expect: Expect,
}

/// The methods of HTTP that write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// `POST`
    Post,
    /// `PUT`
    Put,
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Post => "POST",
            Self::Put => "PUT",
        })
    }
}

/// What a request holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Content {
    /// Nothing.
    None,
    /// Fields of a form, as a browser sends them.
    Form(IndexMap<String, String>),
    /// A value in JSON.
    Json(Value),
    /// Text.
    Body(String),
}

/// What an answer must be to say that a write was taken.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "WriteExpect")]
pub struct Expect {
    /// The status code; any from 200 to 299 when left out.
    #[serde(default)]
    #[schemars(range(min = 100, max = 599))]
    pub status: Option<u16>,
    /// A text that the body must contain.
    #[serde(default)]
    pub contains: Option<String>,
}

/// See [`Writing::Sql`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SqlWrite {
    /// Where.
    pub server: SqlServer,
    /// The statement. It is a transaction of its own.
    pub insert: String,
}

/// A database, and who may use it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SqlServer {
    /// What speaks there.
    pub engine: SqlEngine,
    /// The port.
    pub port: u16,
    /// The user.
    pub user: String,
    /// Its password.
    pub password: String,
    /// The database.
    pub database: String,
}

/// See [`Writing::Smtp`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SmtpWrite {
    /// The port.
    pub port: u16,
    /// Who gets it.
    pub to: String,
    /// Who is told of what cannot be delivered; nobody when empty.
    pub from: String,
}

impl Writing {
    /// The word that a scenario uses.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Http(_) => "http",
            Self::Https(_) => "https",
            Self::Sql(_) => "sql",
            Self::Smtp(_) => "smtp",
        }
    }

    /// The port that it connects to.
    pub fn port(&self) -> u16 {
        match self {
            Self::Http(http) | Self::Https(http) => http.port,
            Self::Sql(sql) => sql.server.port,
            Self::Smtp(smtp) => smtp.port,
        }
    }
}

impl fmt::Display for Writing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, port) = (self.word(), self.port());
        match self {
            Self::Http(http) | Self::Https(http) => {
                write!(f, "{word} {port} {} {}", http.method, http.path)
            }
            Self::Sql(sql) => write!(f, "{word} {port} ({}) {}", sql.server.engine, sql.insert),
            Self::Smtp(smtp) => write!(f, "{word} {port} to {}", smtp.to),
        }
    }
}

impl Content {
    /// What is sent for one write, and its type.
    pub fn fill(&self, id: WriteId<'_>) -> Option<(&'static str, String)> {
        Some(match self {
            Self::None => return None,
            Self::Form(fields) => ("application/x-www-form-urlencoded", form(fields, id)),
            Self::Json(value) => ("application/json", filled(value, id).to_string()),
            Self::Body(text) => ("text/plain; charset=utf-8", id.fill(text)),
        })
    }
}

/// Fields as a browser sends them (URL Standard, 5.2).
fn form(fields: &IndexMap<String, String>, id: WriteId<'_>) -> String {
    let field = |(name, value): (&String, &String)| {
        format!("{}={}", encoded(name), encoded(&id.fill(value)))
    };
    fields.iter().map(field).collect::<Vec<_>>().join("&")
}

fn encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'*' | b'-' | b'.' | b'_' => {
                encoded.push(byte.into())
            }
            b' ' => encoded.push('+'),
            byte => encoded += &format!("%{byte:02X}"),
        }
    }
    encoded
}

/// A value with the id in all its texts.
fn filled(value: &Value, id: WriteId<'_>) -> Value {
    match value {
        Value::String(text) => Value::String(id.fill(text)),
        Value::Array(items) => items.iter().map(|item| filled(item, id)).collect(),
        Value::Object(entries) => {
            entries.iter().map(|(key, value)| (id.fill(key), filled(value, id))).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sent(content: &Content) -> String {
        let service = "links".parse().unwrap();
        content.fill(WriteId::new(&service, 7)).map_or_else(String::new, |(_, text)| text)
    }

    #[test]
    fn forms_are_encoded_as_browsers_do() {
        let fields = [("lsturl", "https://example.org/{id}"), ("é", "a b&c=d")];
        let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(
            sent(&Content::Form(fields.into())),
            "lsturl=https%3A%2F%2Fexample.org%2Ffilage-links-00000007&%C3%A9=a+b%26c%3Dd"
        );
    }

    #[test]
    fn the_id_goes_wherever_its_place_is() {
        let value = json!({ "uid": "{id}", "tags": ["x-{id}", 1], "{id}": { "deep": "{id}" } });
        let id = "filage-links-00000007";
        let expected = json!({ "uid": id, "tags": [format!("x-{id}"), 1], id: { "deep": id } });
        assert_eq!(serde_json::from_str::<Value>(&sent(&Content::Json(value))).unwrap(), expected);
        assert_eq!(
            sent(&Content::Body("{\"id\": \"{id}\"}".to_owned())),
            format!("{{\"id\": \"{id}\"}}")
        );
        assert_eq!(Content::None.fill(WriteId::new(&"links".parse().unwrap(), 1)), None);
    }
}
