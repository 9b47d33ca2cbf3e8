//! Tables of VCS URLs: pip's rules, and what is refused besides.
#![allow(clippy::unwrap_used)]

use super::*;

#[test]
fn urls_are_taken_apart_as_pip_does() {
    // text, repository, revision, subdirectory
    for (text, repository, revision, subdirectory) in [
        ("git+https://e.org/r.git", "https://e.org/r.git", None, None),
        ("git+https://e.org/r.git@main", "https://e.org/r.git", Some("main"), None),
        ("GIT+HTTPS://e.org/r@v1.0#egg=a&subdirectory=x/y", "https://e.org/r", Some("v1.0"), Some("x/y")),
        ("git+https://u:p@e.org:8443/r@feature/x", "https://e.org:8443/r", Some("feature/x"), None),
        ("git+https://u:p%40@e.org/r", "https://e.org/r", None, None),
        ("git+https://e.org/r@refs/pull/1/head", "https://e.org/r", Some("refs/pull/1/head"), None),
        ("git+https://e.org/a@b/c@d", "https://e.org/a@b/c", Some("d"), None),
        ("git+https://e.org/r@a%2Fb%40", "https://e.org/r", Some("a/b@"), None),
        ("git+https://e.org/r?q=1@2#subdirectory=./a%20b/", "https://e.org/r?q=1@2", None, Some("a b")),
        ("git+ssh://git@e.org/o/r.git@v1", "ssh://git@e.org/o/r.git", Some("v1"), None),
        ("git+ssh://git@e.org:22/r", "ssh://git@e.org:22/r", None, None),
        ("git+ssh://u:p@e.org/r", "ssh://u@e.org/r", None, None),
        ("git+git://e.org/r@v", "git://e.org/r", Some("v"), None),
        ("git+http://[::1]:80/r@v", "http://[::1]:80/r", Some("v"), None),
        ("git+file:///a%20b/r@v", "file:///a b/r", Some("v"), None),
        ("git+file:///a%40b", "file:///a@b", None, None),
        ("git+file:/a/r", "file:///a/r", None, None),
        ("git+file://localhost/a/r", "file:///a/r", None, None),
        ("hg+http://e.org/r@da39a3ee", "http://e.org/r", Some("da39a3ee"), None),
        ("hg+static-http://e.org/r", "static-http://e.org/r", None, None),
        ("hg+ssh://hg@e.org/r", "ssh://hg@e.org/r", None, None),
        ("hg+file:///a%20b", "file:///a%20b", None, None),
        ("svn+svn://e.org/p/trunk@2019", "svn://e.org/p/trunk", Some("2019"), None),
        ("svn+ssh://u@e.org/p/trunk", "svn+ssh://u@e.org/p/trunk", None, None),
        ("svn+https://u:p@e.org/p", "https://e.org/p", None, None),
        ("bzr+ssh://e.org/p@5", "bzr+ssh://e.org/p", Some("5"), None),
        ("bzr+sftp://u@e.org/p", "sftp://u@e.org/p", None, None),
        ("bzr+lp:project@3#egg=p", "lp:project", Some("3"), None),
        ("bzr+ftp://e.org/p", "ftp://e.org/p", None, None),
    ] {
        let url = VcsUrl::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let found = (url.repository(), url.requested_revision(), url.subdirectory());
        assert_eq!(found, (repository, revision, subdirectory), "{text}");
        assert!(VcsUrl::is_vcs(text));
    }
}

#[test]
fn names_and_extras_come_from_the_fragment() {
    let url = VcsUrl::parse("git+https://e.org/r#subdirectory=x&egg=Foo_Bar[b, A,b]").unwrap();
    assert_eq!(url.name().unwrap().to_string(), "foo-bar");
    assert_eq!(url.extras().iter().map(ToString::to_string).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(url.subdirectory(), Some("x"));
}

#[test]
fn dangerous_and_mistaken_urls_are_refused() {
    for (text, reason) in [
        ("git+https://e.org/r@", "empty revision"),
        ("git+https://e.org/r@--upload-pack=x", "revision begins with '-'"),
        ("git+https://e.org/r@%2Dx", "revision begins with '-'"),
        ("git+https://e.org/r@a%0Ab", "revision has a control character"),
        ("git+https://e.org/r@%ff", "percent-encoded"),
        ("git+ssh://-oProxyCommand=x/r", "host begins with '-'"),
        ("git+ssh://%2DoProxyCommand=x/r", "character that is not allowed"),
        ("git+ssh://-x@e.org/r", "user name begins with '-'"),
        ("git+ssh://%2Dx@e.org/r", "user name begins with '-'"),
        ("svn+ssh://e.org/-x", "path begins with '-'"),
        ("git+ssh://git@e.org:o/r.git", "write ssh://user@host/path"),
        ("git+https:///r", "no host"),
        ("git+https://e org/r", "not allowed"),
        ("git+https://e.org:99999/r", "not a port"),
        ("git+http://[::1/r", "no ']'"),
        ("git+file://other/r", "no other host"),
        ("git+file:r", "absolute path"),
        ("git+file:///a%00", "control character"),
        ("git+ext::sh -c x", "begin with one of git+https"),
        ("git+git@e.org:r.git", "begin with one of git+https"),
        ("git@e.org:r.git", "git+ssh://"),
        ("git://e.org/r", "begin with one of git+https"),
        ("https://e.org/r", "<vcs>+<transport>"),
        ("hg+git://e.org/r", "begin with one of hg+https"),
        ("git+https:e.org/r", "begin with one of"),
        ("git+https://e.org/r#subdirectory=../x", "leads out"),
        ("git+https://e.org/r#subdirectory=a/%2e%2e/x", "leads out"),
        ("git+https://e.org/r#subdirectory=/x", "leads out"),
        ("git+https://e.org/r#egg=-x", "no project name"),
        ("git+https://e.org/r#egg=a[b", "closing ']'"),
        ("git+https://e.org/r\n", ""),
        ("git+https://e.org/\u{1b}r", "control character"),
        ("", "<vcs>+<transport>"),
    ] {
        match VcsUrl::parse(text) {
            Err(error) => assert!(error.to_string().contains(reason), "{text}: {error}"),
            Ok(_) => assert_eq!(reason, "", "{text}"),
        }
    }
}

#[test]
fn credentials_are_kept_apart() {
    let url = VcsUrl::parse("git+https://us%40er:s3cr%2Fet@e.org:8443/r@v#egg=a").unwrap();
    let user = url.user().unwrap();
    assert_eq!((user.user.as_str(), user.password.as_deref()), ("us@er", Some("s3cr/et")));
    assert_eq!(url.origin(), "https://e.org:8443");
    assert_eq!(url.to_string(), "git+https://us%40er:****@e.org:8443/r@v#egg=a");
    let debug = format!("{url:?}");
    assert!(!debug.contains("s3cr") && !debug.contains("us@er"), "{debug}");
    let token = VcsUrl::parse("git+https://t0ken@e.org/r").unwrap();
    assert_eq!(token.to_string(), "git+https://****@e.org/r");
    assert_eq!(VcsUrl::parse("git+https://@e.org/r").unwrap().user(), None);
    assert!(VcsUrl::parse("git+ssh://git@e.org/r").unwrap().user().is_none());
    let error = VcsUrl::parse("git+https://user:pa/ss@e.org/r").unwrap_err().to_string();
    assert!(!error.contains("pa/ss"), "{error}");
}

#[test]
fn whole_commits_are_pinned() {
    let commit = "DA39A3EE5E6B4B0D3255BFEF95601890AFD80709";
    for (text, pinned) in [
        (format!("git+https://e.org/r@{commit}"), true),
        (format!("hg+https://e.org/r@{commit}"), true),
        (format!("svn+https://e.org/r@{commit}"), false),
        ("git+https://e.org/r@da39a3ee".to_owned(), false),
        ("git+https://e.org/r".to_owned(), false),
    ] {
        let expected = pinned.then(|| commit.to_ascii_lowercase());
        assert_eq!(VcsUrl::parse(&text).unwrap().pinned_commit(), expected, "{text}");
    }
    let url = VcsUrl::parse("git+https://e.org/r@main#subdirectory=x").unwrap().at_revision(commit).unwrap();
    assert_eq!((url.requested_revision(), url.subdirectory()), (Some(commit), Some("x")));
    assert!(url.at_revision("-x").is_err());
}

#[test]
fn the_same_repository_is_recognised() {
    let url = VcsUrl::parse("git+https://u:p@e.org/a%20b/@v").unwrap();
    for (remote, expected) in [
        ("https://e.org/a b", true),
        ("https://x@e.org/a%20b/", true),
        ("https://e.org/other", false),
        ("ssh://e.org/a%20b", false),
    ] {
        assert_eq!(url.is_repository(remote), expected, "{remote}");
    }
}
