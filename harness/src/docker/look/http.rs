//! What an HTTP server answers.

use hyper::Uri;

use super::{
    super::probes::{
        NetView,
        http::{Call, Scheme},
        visit::{Miss, Visit},
    },
    DEADLINE, found,
};
use crate::expect::{Found, Http};

/// Gets the URL, without following redirects.
pub async fn http(net: &NetView, http: &Http) -> Found {
    let visit = Visit::new(net, DEADLINE);
    visit.limit(get(&visit, http)).await.unwrap_or_else(found)
}

async fn get(visit: &Visit<'_>, http: &Http) -> Result<Found, Miss> {
    let (uri, scheme) = parse(&http.url).ok_or_else(|| {
        Miss::Unable(format!(
            "`{}` cannot be asked for: expected for example `https://links.asso.example/`",
            http.url
        ))
    })?;
    let call = Call {
        scheme,
        host: uri.host().unwrap_or_default(),
        port: uri.port_u16().unwrap_or(scheme.port()),
        path: uri.path_and_query().map_or("/", |path| path.as_str()),
        body: None,
    };
    let (reply, _) = call.make(visit).await?;
    let contains = http.contains.as_ref().map(|text| reply.contains(text));
    Ok(Found::Http { status: reply.status.as_u16(), contains })
}

fn parse(url: &str) -> Option<(Uri, Scheme)> {
    let uri: Uri = url.parse().ok()?;
    let scheme = match uri.scheme_str()? {
        "http" => Scheme::Http,
        "https" => Scheme::Https,
        _ => return None,
    };
    let authority = uri.authority()?;
    (!authority.host().is_empty() && !authority.as_str().contains('@')).then_some((uri, scheme))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::docker::probes::testing::{Ca, World, dead_port, http_server, https_server};

    fn wanted(url: String, contains: Option<&str>) -> Http {
        Http { url, status: 200, contains: contains.map(str::to_owned) }
    }

    #[tokio::test]
    async fn status_and_content_are_found() {
        let world = World::new().await;
        let port = http_server("HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nhello").await;
        let url = format!("http://up.test:{port}/x?y=z");
        let look = async |text| http(&world.net, &wanted(url.clone(), text)).await;
        assert_eq!(look(None).await, Found::Http { status: 404, contains: None });
        assert_eq!(look(Some("ell")).await, Found::Http { status: 404, contains: Some(true) });
        assert_eq!(look(Some("no")).await, Found::Http { status: 404, contains: Some(false) });
    }

    #[tokio::test]
    async fn nobody_and_strangers_are_findings() {
        let world = World::new().await;
        let stranger = https_server(&Ca::new(), "up.test", "HTTP/1.1 200 OK\r\n\r\n").await;
        for url in [
            format!("http://up.test:{}/", dead_port().await),
            "http://nowhere.test/".to_owned(),
            format!("https://up.test:{stranger}/"),
        ] {
            let found = http(&world.net, &wanted(url.clone(), None)).await;
            assert!(matches!(found, Found::Absent(_)), "{url}: {found:?}");
        }
    }

    #[tokio::test]
    async fn what_cannot_be_asked_is_unseen() {
        let world = World::new().await;
        for url in ["", "up.test", "ftp://up.test/", "http:///x", "https://user@up.test/"] {
            let found = http(&world.net, &wanted(url.to_owned(), None)).await;
            assert!(matches!(found, Found::Unseen(_)), "{url}: {found:?}");
        }
    }
}
