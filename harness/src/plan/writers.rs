//! From what is written about a writer to all that there is to know about it.

use crate::{
    base::ServiceId,
    scenario::{self, Reader as WrittenReader, Writer as Written},
    writer::{
        Content, HttpRead, HttpWrite, ImapRead, Method, Reader, Reading, SmtpWrite, SqlRead,
        SqlServer, SqlWrite, Writer, Writing,
    },
};

/// The writer of a service.
pub(super) fn writer(service: &ServiceId, written: &Written) -> Writer {
    let writing = writing(written);
    let reading = reading(&written.read, &writing);
    let of = written.read.of.clone().unwrap_or_else(|| service.clone());
    Writer {
        writing,
        per_second: written.per_second,
        lanes: written.lanes,
        client: written.client,
        deadline: written.deadline,
        read: Reader { of, reading },
    }
}

fn writing(written: &Written) -> Writing {
    let Written { http, https, sql, smtp, .. } = written;
    let ways = [
        http.as_ref().map(|http| Writing::Http(request(http, 80))),
        https.as_ref().map(|http| Writing::Https(request(http, 443))),
        sql.as_ref().map(|sql| Writing::Sql(statement(sql))),
        smtp.as_ref().map(|smtp| {
            let scenario::SmtpWrite { port, to, from } = smtp.clone();
            Writing::Smtp(SmtpWrite { port, to, from })
        }),
    ];
    only(ways, "a writer writes in one way")
}

fn request(written: &scenario::HttpWrite, port: u16) -> HttpWrite {
    let post = written.post.as_ref().map(|path| (Method::Post, path));
    let put = written.put.as_ref().map(|path| (Method::Put, path));
    let (method, path) = only([post, put], "a request has one method");
    let content = [
        written.form.clone().map(Content::Form),
        written.json.clone().map(Content::Json),
        written.body.clone().map(Content::Body),
    ];
    HttpWrite {
        port: written.port.unwrap_or(port),
        method,
        path: path.clone(),
        headers: written.headers.clone(),
        content: content.into_iter().flatten().next().unwrap_or(Content::None),
        expect: written.expect.clone(),
    }
}

fn statement(written: &scenario::SqlWrite) -> SqlWrite {
    let server = SqlServer {
        engine: written.engine,
        port: written.port.unwrap_or(written.engine.port()),
        user: written.user.clone(),
        password: written.password.clone(),
        database: written.database.clone(),
    };
    SqlWrite { server, insert: written.insert.clone() }
}

fn reading(written: &WrittenReader, writing: &Writing) -> Reading {
    let WrittenReader { http, https, sql, imap, command, .. } = written;
    let page = |http: &scenario::HttpRead, port| HttpRead {
        port: http.port.unwrap_or(port),
        path: http.path.clone(),
    };
    let ways = [
        http.as_ref().map(|http| Reading::Http(page(http, 80))),
        https.as_ref().map(|http| Reading::Https(page(http, 443))),
        sql.as_ref().map(|sql| Reading::Sql(query(sql, writing))),
        imap.as_ref().map(|imap| {
            let scenario::ImapRead { port, user, password, mailbox } = imap.clone();
            Reading::Imap(ImapRead { port, user, password, mailbox })
        }),
        command.clone().map(Reading::Command),
    ];
    only(ways, "a reader reads in one way")
}

/// What the query does not say is as in the statement that writes.
fn query(written: &scenario::SqlRead, writing: &Writing) -> SqlRead {
    let same = match writing {
        Writing::Sql(sql) => Some(&sql.server),
        Writing::Http(_) | Writing::Https(_) | Writing::Smtp(_) => None,
    };
    let text = |written: &Option<String>, of: fn(&SqlServer) -> &String| {
        let text = written.as_ref().or_else(|| same.map(of));
        text.cloned().expect("a query has its credentials, or `scenario::parse` complains")
    };
    let engine = written.engine.or(same.map(|same| same.engine)).unwrap_or_default();
    let same_engine = same.filter(|same| same.engine == engine);
    let server = SqlServer {
        engine,
        port: written.port.or(same_engine.map(|same| same.port)).unwrap_or(engine.port()),
        user: text(&written.user, |same| &same.user),
        password: text(&written.password, |same| &same.password),
        database: text(&written.database, |same| &same.database),
    };
    SqlRead { server, query: written.query.clone() }
}

fn only<T, const N: usize>(ways: [Option<T>; N], rule: &str) -> T {
    let mut ways = ways.into_iter().flatten();
    match (ways.next(), ways.next()) {
        (Some(way), None) => way,
        _ => panic!("{rule}, or `scenario::parse` complains"),
    }
}
