//! `rpip upload`: what is sent, to whom and as whom, and what is told when it is not taken.

use std::process::Command;

use test_support::{
    FakeIndex, FormField, Reply, Request, SELF_SIGNED, TEST_AUTHORITY, WheelBuilder, sha256_hex,
};

use crate::world::{Outcome, World};

const TOKEN: &str = "t0ken-of-n0body";

/// A world with `dist/demo-1.0-py3-none-any.whl` and `dist/demo-1.0.tar.gz`, and a repository that takes everything.
fn world() -> World {
    let world = World::new();
    world.index.serve("/legacy/", Reply::ok(""));
    let wheel = WheelBuilder::new("demo", "1.0").header("Classifier: A :: B").header("Classifier: C :: D");
    std::fs::create_dir(world.path("dist")).unwrap();
    std::fs::write(world.path("dist").join(wheel.filename()), wheel.build()).unwrap();
    world.write("demo-1.0/PKG-INFO", "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\nSummary: dëmo\n");
    let mut tar = Command::new("tar");
    tar.args(["-czf", "dist/demo-1.0.tar.gz", "demo-1.0"]).current_dir(world.path(""));
    assert!(tar.status().unwrap().success());
    world
}

/// `rpip upload` with these arguments and variables, to the repository of the world.
fn upload_with(world: &World, arguments: &[&str], variables: &[(&str, &str)]) -> Outcome {
    let url = world.index.url("/legacy/");
    let mut all = vec!["upload", "--repository-url", &url];
    all.extend(arguments);
    let mut command = world.rpip_command(&all);
    command.envs(variables.iter().copied());
    World::finish(command)
}

fn upload(world: &World, arguments: &[&str]) -> Outcome {
    let mut all = vec!["-u", "__token__", "-p", TOKEN];
    all.extend(arguments);
    upload_with(world, &all, &[])
}

/// What was posted to the repository.
fn posts(world: &World) -> Vec<Request> {
    world.index.requests().into_iter().filter(|request| request.path == "/legacy/").collect()
}

fn field<'a>(fields: &'a [FormField], name: &str) -> Vec<&'a FormField> {
    fields.iter().filter(|field| field.name == name).collect()
}

fn value(fields: &[FormField], name: &str) -> String {
    field(fields, name).iter().map(|field| field.text()).collect::<Vec<_>>().join("|")
}

#[test]
fn wheels_go_first_with_all_that_is_known_of_them() {
    let world = world();
    let stdout = upload(&world, &["--comment", "hi", "dist/*"]).success();
    let url = world.index.url("/legacy/");
    assert_eq!(
        stdout,
        format!(
            "Uploading distributions to {url}\nUploading demo-1.0-py3-none-any.whl\nUploading demo-1.0.tar.gz\n"
        )
    );
    let posts = posts(&world);
    let [wheel, sdist] = posts.as_slice() else { panic!("{}", posts.len()) };
    assert_eq!(wheel.header("authorization"), Some("Basic X190b2tlbl9fOnQwa2VuLW9mLW4wYm9keQ=="));
    let fields = wheel.form();
    let content = std::fs::read(world.path("dist/demo-1.0-py3-none-any.whl")).unwrap();
    for (name, expected) in [
        (":action", "file_upload"),
        ("protocol_version", "1"),
        ("metadata_version", "2.1"),
        ("name", "demo"),
        ("version", "1.0"),
        ("filetype", "bdist_wheel"),
        ("pyversion", "py3"),
        ("classifiers", "A :: B|C :: D"),
        ("description", "# demo\n"),
        ("comment", "hi"),
        ("sha256_digest", &sha256_hex(&content)),
    ] {
        assert_eq!(value(&fields, name), expected, "{name}");
    }
    assert_eq!(value(&fields, "blake2_256_digest").len(), 64);
    let last = fields.last().unwrap();
    assert_eq!(
        (last.name.as_str(), last.filename.as_deref()),
        ("content", Some("demo-1.0-py3-none-any.whl"))
    );
    assert!(last.content == content);
    let fields = sdist.form();
    assert_eq!(
        (value(&fields, "filetype"), value(&fields, "pyversion")),
        ("sdist".to_owned(), "source".to_owned())
    );
    assert_eq!(value(&fields, "summary"), "dëmo");
}

#[test]
fn signatures_and_attestations_go_along() {
    let world = world();
    world.write("dist/demo-1.0.tar.gz.asc", "signature");
    world.write("dist/demo-1.0.tar.gz.publish.attestation", "{\"version\": 1}");
    upload(&world, &["--attestations", "dist/demo-1.0.tar.gz*"]).success();
    let posts = posts(&world);
    let fields = posts.first().unwrap().form();
    let signature = field(&fields, "gpg_signature");
    assert_eq!(signature[0].filename.as_deref(), Some("demo-1.0.tar.gz.asc"));
    assert_eq!(signature[0].text(), "signature");
    assert_eq!(value(&fields, "attestations"), "[{\"version\":1}]");
    let stderr = upload(&world, &["--attestations", "dist/*.whl"]).failure(1);
    assert!(stderr.contains("has no associated attestations"), "{stderr}");
    let stderr = upload(&world, &["dist/*.asc"]).failure(1);
    assert!(stderr.contains("Cannot upload signed files by themselves"), "{stderr}");
    let stderr = upload(&world, &["--sign", "--sign-with", "no-such-gpg", "dist/*.whl"]).failure(1);
    assert!(stderr.contains("cannot sign with no-such-gpg: executable not available"), "{stderr}");
    let stderr = upload(&world, &["--identity", "me", "dist/*.whl"]).failure(1);
    assert!(stderr.contains("--sign must be given along with --identity"), "{stderr}");
}

/// Writes `~/.pypirc` with a section `local` for the repository.
fn pypirc(world: &World, more: &str) {
    let url = world.index.url("/legacy/");
    let text = format!(
        "[distutils]\nindex-servers =\n    pypi\n    local\n\n[pypi]\nusername = other\npassword = n0t-this\n\n[local]\nrepository: {url}\n{more}"
    );
    world.write("../home/.pypirc", &text);
}

#[test]
fn repositories_are_named_in_pypirc() {
    let world = world();
    pypirc(&world, "username: me\npassword: s3cret\n");
    world.rpip(&["publish", "--repository", "local", "dist/*.whl"]).success();
    assert_eq!(posts(&world)[0].header("authorization"), Some("Basic bWU6czNjcmV0"));
    // What is set outside the file goes before it.
    let mut command = world.rpip_command(&["upload", "-u", "you", "dist/*.whl"]);
    command.env("TWINE_REPOSITORY", "local").env("TWINE_PASSWORD", "0ther");
    World::finish(command).success();
    assert_eq!(posts(&world)[1].header("authorization"), Some("Basic eW91OjB0aGVy"));
    // An empty user name and password are none.
    pypirc(&world, "username:\npassword:\n");
    world.rpip(&["upload", "-r", "local", "dist/*.whl"]).success();
    assert_eq!(posts(&world)[2].header("authorization"), None);
    let stderr = world.rpip(&["upload", "-r", "nowhere", "dist/*.whl"]).failure(1);
    assert!(
        stderr.starts_with("ERROR: Missing 'nowhere' section from ~/.pypirc (it has: pypi, local)."),
        "{stderr}"
    );
    world.write("own", "[distutils]\nindex-servers = local\n[local]\nrepository = ftp://u:s3cret@host/\n");
    let stderr = world.rpip(&["upload", "--config-file", "own", "-r", "local", "dist/*.whl"]).failure(1);
    assert!(stderr.contains("Invalid repository URL") && !stderr.contains("s3cret"), "{stderr}");
    world.write("own", "password = s3cret\n");
    let stderr = world.rpip(&["upload", "--config-file", "own", "-r", "local", "dist/*.whl"]).failure(1);
    assert!(
        stderr.contains("Malformed configuration in own, line 1") && !stderr.contains("s3cret"),
        "{stderr}"
    );
    std::fs::write(world.path("own"), b"[distutils]\nindex-servers = local\n[local]\npassword = s3cr\xe4t\n")
        .unwrap();
    let stderr = world.rpip(&["upload", "--config-file", "own", "-r", "local", "dist/*.whl"]).failure(1);
    assert!(stderr.contains("Unable to read configuration file own: it is not UTF-8"), "{stderr}");
    // What is empty is not given.
    pypirc(&world, "username: me\npassword: s3cret\n");
    let mut command = world.rpip_command(&["upload", "--repository-url", "", "-r", "", "dist/*.whl"]);
    command.env("TWINE_REPOSITORY", "local");
    World::finish(command).success();
    assert_eq!(posts(&world)[3].header("authorization"), Some("Basic bWU6czNjcmV0"));
    let stderr = world.rpip(&["upload", "--config-file", "none", "dist/*.whl"]).failure(1);
    assert!(stderr.contains("Unable to read configuration file none: "), "{stderr}");
}

#[test]
fn credentials_stand_in_the_url_or_are_missed() {
    let world = world();
    let url = world.index.url("/legacy/").replace("://", "://me:s%40cret@");
    let stdout = world.rpip(&["upload", "--repository-url", &url, "dist/*.whl"]).success();
    assert!(!stdout.contains("cret"), "{stdout}");
    assert_eq!(posts(&world)[0].header("authorization"), Some("Basic bWU6c0BjcmV0"));
    for (arguments, what) in [(&["dist/*.whl"][..], "username"), (&["-u", "me", "dist/*.whl"], "password")] {
        let stderr = upload_with(&world, arguments, &[("TWINE_NON_INTERACTIVE", "1")]).failure(1);
        assert!(stderr.starts_with(&format!("ERROR: Credential not found for {what}.")), "{stderr}");
    }
    assert_eq!(posts(&world).len(), 1);
}

#[test]
#[cfg(unix)]
fn who_is_asked_types_unseen_or_goes_away() {
    let world = world();
    let url = world.index.url("/legacy/");
    let on_a_terminal = |answers: &[(&str, &str)]| {
        let options = ["upload", "--keyring-provider", "disabled", "--repository-url", &url, "dist/*.whl"];
        world.on_a_terminal(&options, answers)
    };
    let (user, password) = ("Enter your username: ", "Enter your password: ");
    let seen = on_a_terminal(&[(user, "me\n"), (password, "s3cret\n")]);
    assert!(seen.contains("exit code 0") && seen.contains("me\r\n") && !seen.contains("s3cret"), "{seen}");
    assert_eq!(posts(&world)[0].header("authorization"), Some("Basic bWU6czNjcmV0"));
    for answers in [&[(user, "\x03")][..], &[(user, "me\n"), (password, "s3\x03")]] {
        let seen = on_a_terminal(answers);
        assert!(
            seen.contains("ERROR: Operation cancelled by user") && seen.contains("exit code 1"),
            "{seen}"
        );
    }
    assert_eq!(posts(&world).len(), 1);
}

#[test]
#[cfg(unix)]
fn the_keyring_is_asked_for_the_repository() {
    let world = world();
    let url = world.index.url("/legacy/");
    // Another process writes the program, so that nobody here has it open while it is run.
    let script = format!(
        "mkdir bin && cat > bin/keyring <<'END'\n#!/bin/sh\ncase \"$*\" in '--mode=creds --output=json get {url}') \
         echo '{{\"username\": \"me\", \"password\": \"s3cret\"}}';; *) exit 1;; esac\nEND\nchmod +x bin/keyring"
    );
    assert!(Command::new("sh").args(["-c", &script]).current_dir(world.path("")).status().unwrap().success());
    let path = format!("{}:{}", world.path("bin").display(), std::env::var("PATH").unwrap());
    upload_with(&world, &["dist/*.whl"], &[("PATH", &path)]).success();
    assert_eq!(posts(&world)[0].header("authorization"), Some("Basic bWU6czNjcmV0"));
}

#[test]
fn what_breaks_the_specification_is_not_sent() {
    let world = world();
    let bad = WheelBuilder::new("bad", "1.0").header("License-Expression: MIT License");
    std::fs::write(world.path("dist").join(bad.filename()), bad.build()).unwrap();
    world.write("dist/readme.txt", "");
    for (named, message) in [
        (
            "dist/demo*.whl dist/bad*.whl",
            "Invalid distribution metadata: license-expression introduced in metadata version 2.4",
        ),
        ("dist/readme.txt", "Unknown distribution format: 'readme.txt'"),
        ("dist", "Unknown distribution format: 'dist' is a directory; did you mean"),
        ("dist/none*", "Cannot find file (or expand pattern): 'dist/none*'"),
    ] {
        let named: Vec<&str> = named.split(' ').collect();
        let stderr = upload(&world, &named).failure(1);
        assert!(stderr.contains(message), "{stderr}");
    }
    assert_eq!(posts(&world).len(), 0);
}

/// What is told when the repository answers so; nothing of the token may be in it.
#[track_caller]
fn refused(reply: Reply, arguments: &[&str], messages: &[&str]) {
    let world = world();
    world.index.serve("/legacy/", reply);
    let mut all = vec!["--retries", "0", "-v", "dist/*.whl"];
    all.extend(arguments);
    let outcome = upload(&world, &all);
    assert_eq!(outcome.code, 1, "{}", outcome.stderr);
    for message in messages {
        assert!(outcome.stderr.contains(message), "{}", outcome.stderr);
    }
    let secrets = [TOKEN, "X190b2tlbl9fOnQwa2VuLW9mLW4wYm9keQ=="];
    for secret in secrets {
        assert!(!outcome.stderr.contains(secret) && !outcome.stdout.contains(secret), "{}", outcome.stderr);
    }
}

#[test]
fn refusals_are_explained() {
    let page = "<html><head><title>400 Bad Request</title></head><body><h1>400 Bad Request</h1>\nThe server could not \
                comply.<br/>File already exists (&#x27;demo&#x27;). See <a href='/help/'>help</a>.</body></html>";
    refused(
        Reply::ok(page).with_status(400).header("Content-Type", "text/html").reason("File already exists"),
        &[],
        &[
            "demo-1.0-py3-none-any.whl: http://127.0.0.1",
            "answered 400 Bad Request: File already exists",
            "hint: a file cannot be replaced",
        ],
    );
    let json =
        "{\"message\": \"Invalid value for classifiers\", \"code\": \"400\", \"title\": \"Bad Request\"}";
    refused(
        Reply::ok(json).with_status(400).header("Content-Type", "application/json"),
        &[],
        &["answered 400 Bad Request: Invalid value for classifiers"],
    );
    refused(
        Reply::status(401),
        &[],
        &["answered 401 Unauthorized", "hint: it refused the user name and password"],
    );
    let echo = format!("who is __token__:{TOKEN} (Basic X190b2tlbl9fOnQwa2VuLW9mLW4wYm9keQ==)?");
    refused(
        Reply::ok(echo).with_status(403),
        &[],
        &["answered 403 Forbidden: who is __token__:**** (Basic ****)?"],
    );
    refused(Reply::status(404), &[], &["hint: is the URL right?"]);
    refused(Reply::status(409), &[], &["answered 409 Conflict", "--skip-existing"]);
    refused(Reply::status(413), &[], &["answered 413 Content Too Large", "hint: the file has "]);
    refused(Reply::status(503), &[], &["answered 503 Service Unavailable", "try again later"]);
    refused(
        Reply::redirect("https://me:t0ken-of-n0body@example.org/x/"),
        &[],
        &["attempted to redirect to https://****@example.org/x/.", "hint: If you trust these URLs"],
    );
    refused(Reply::reset(), &[], &["the connection to http://127.0.0.1", "/legacy/ was lost after "]);
}

#[test]
fn a_reason_is_told_once() {
    let reason = "File already exists ('demo-1.0.tar.gz'). See https://example.org/help/ for more.";
    let page = format!(
        "<html><head><title>400 {reason}</title></head><body><h1>400 {reason}</h1>\nThe server could not comply with the \
         request since it is either malformed or otherwise incorrect.<br/><br/>\n{reason}</body></html>"
    );
    let world = world();
    world.index.serve(
        "/legacy/",
        Reply::ok(page).with_status(400).header("Content-Type", "text/html").reason(reason),
    );
    let stderr = upload(&world, &["dist/*.whl"]).failure(1);
    let expected = format!("answered 400 Bad Request: {reason}\nhint: a file cannot be replaced");
    assert!(stderr.contains(&expected), "{stderr}");
}

#[test]
fn a_reason_stays_as_it_was_said() {
    let told = |reply: Reply| {
        let world = world();
        world.index.serve("/legacy/", reply);
        upload(&world, &["dist/*.whl"]).failure(1)
    };
    let stderr = told(Reply::ok("4134 files are too many").with_status(413));
    assert!(stderr.contains("answered 413 Content Too Large: 4134 files are too many"), "{stderr}");
    // However much is said.
    let lines: String = (0..40_000).map(|number| format!("<script></script>{number} b<br>")).collect();
    let stderr = told(Reply::ok(lines).with_status(400).header("Content-Type", "text/html"));
    assert!(stderr.contains(": 0 b\n1 b\n") && stderr.contains(" ...\n") && stderr.len() < 3000, "{stderr}");
}

#[test]
fn what_was_uploaded_before_a_failure_is_told() {
    let world = world();
    world.index.serve_in_turn("/legacy/", vec![Reply::ok(""), Reply::status(400)]);
    let stderr = upload(&world, &["dist/*"]).failure(1);
    assert!(
        stderr.starts_with(
            "WARNING: Uploaded by now, 1 of 2: demo-1.0-py3-none-any.whl\nERROR: demo-1.0.tar.gz: "
        ),
        "{stderr}"
    );
}

#[test]
fn the_certificate_of_a_repository_goes_before_that_of_all_servers() {
    let world = world();
    let server = FakeIndex::start_self_signed();
    server.serve("/legacy/", Reply::ok(""));
    world.write("self-signed.pem", SELF_SIGNED);
    world.write("other.pem", TEST_AUTHORITY);
    let (own, url) = (world.path("self-signed.pem"), server.url("/legacy/"));
    let text = format!(
        "[distutils]\nindex-servers = own\n[own]\nrepository = {url}\nca_cert = {}\nusername = a\npassword = b\n",
        own.display()
    );
    world.write("../home/.pypirc", &text);
    let upload = |arguments: &[&str], variables: &[(&str, &str)]| {
        let mut all = vec!["upload", "dist/*.whl", "--retries", "0"];
        all.extend(arguments);
        let mut command = world.rpip_command(&all);
        command.env("PIP_CERT", world.path("other.pem")).envs(variables.iter().copied());
        World::finish(command)
    };
    upload(&["-r", "own"], &[]).success();
    let login = ["--repository-url", &url, "-u", "a", "-p", "b"];
    upload(&login, &[("TWINE_CERT", own.to_str().unwrap())]).success();
    let stderr = upload(&login, &[]).failure(1);
    assert!(stderr.contains("the server's certificate is not trusted: it is self-signed"), "{stderr}");
    upload(&["-r", "own", "--cert", "none.pem"], &[]).failure(1);
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn registering_is_of_the_past() {
    let stderr = World::new().rpip(&["register", "dist/demo.whl"]).failure(1);
    assert!(
        stderr.contains("unknown command \"register\" - a project is registered by its first upload"),
        "{stderr}"
    );
}

#[test]
fn a_slash_that_is_missing_is_named() {
    let world = world();
    let url = world.index.url("/legacy");
    world.index.serve("/legacy", Reply::redirect(&format!("{url}/")).with_status(301));
    let stderr =
        world.rpip(&["upload", "--repository-url", &url, "-u", "a", "-p", "b", "dist/*.whl"]).failure(1);
    assert!(stderr.contains("hint: Your repository URL is missing a trailing slash."), "{stderr}");
    assert_eq!(posts(&world).len(), 0);
}

#[test]
fn what_may_pass_is_tried_again() {
    let world = world();
    let busy = Reply::status(503).reason("Service Unavailable");
    world.index.serve_in_turn("/legacy/", vec![busy, Reply::reset(), Reply::ok("")]);
    let outcome = upload(&world, &["dist/*.whl"]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert!(
        outcome.stderr.contains("Retry 1 of 5.") && outcome.stderr.contains("Retry 2 of 5."),
        "{}",
        outcome.stderr
    );
    assert_eq!(posts(&world).len(), 3);
    // What is there after an answer was lost may be what was just sent.
    world.index.serve_in_turn("/legacy/", vec![Reply::reset(), Reply::status(409)]);
    let stderr = upload(&world, &["dist/*.whl"]).failure(1);
    assert!(stderr.contains("an attempt before this one may have stored the file"), "{stderr}");
}

#[test]
fn a_connection_that_is_lost_half_way() {
    let world = world();
    let big = WheelBuilder::new("big", "1.0").stored().file("big/data", &vec![7; 8_000_000]);
    std::fs::write(world.path("dist").join(big.filename()), big.build()).unwrap();
    world.index.read_at_most("/legacy/", 1000);
    world.index.serve("/legacy/", Reply::reset());
    let stderr = upload(&world, &["--retries", "0", "dist/big*"]).failure(1);
    assert!(stderr.contains("/legacy/ was lost after ") && stderr.contains(" bytes: "), "{stderr}");
    assert!(
        stderr.contains("hint: the repository, or something on the way, has ended the connection"),
        "{stderr}"
    );
}

#[test]
fn files_that_are_there_are_skipped() {
    let world = world();
    for reply in [
        Reply::status(409),
        Reply::status(400).reason("File already exists. See help."),
        Reply::ok("{\"message\": {\"name\": [\"has already been taken\"]}}")
            .with_status(400)
            .header("Content-Type", "application/json"),
    ] {
        world.index.serve_in_turn("/legacy/", vec![reply, Reply::ok("")]);
        let outcome = upload(&world, &["--skip-existing", "dist/*"]);
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
        let skipped = "WARNING: Skipping demo-1.0-py3-none-any.whl because it appears to already exist\n";
        assert_eq!(outcome.stderr, skipped);
    }
    world.index.serve("/legacy/", Reply::status(400));
    upload(&world, &["--skip-existing", "dist/*"]).failure(1);
}

/// An identity token for the audience `demo`.
const IDENTITY: &str = "e30.eyJhdWQiOiAiZGVtbyJ9.sig";

#[test]
fn github_vouches_for_its_workflows() {
    let world = world();
    let index = &world.index;
    index.serve("/_/oidc/audience", Reply::ok("{\"audience\": \"demo\"}"));
    index.serve("/identity?a=b&audience=demo", Reply::ok(format!("{{\"value\": \"{IDENTITY}\"}}")));
    index.serve("/_/oidc/mint-token", Reply::ok("{\"success\": true, \"token\": \"mint3d\"}"));
    let address = index.url("/identity?a=b");
    let variables = [
        ("GITHUB_ACTIONS", "true"),
        ("ACTIONS_ID_TOKEN_REQUEST_URL", address.as_str()),
        ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "b3arer"),
    ];
    let arguments = ["--trusted-publishing", "always", "dist/*.whl"];
    let outcome = upload_with(&world, &arguments, &variables);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert!(
        !format!("{outcome:?}").contains("mint3d") && !format!("{outcome:?}").contains(IDENTITY),
        "{outcome:?}"
    );
    let requests = index.requests();
    let asked = requests.iter().find(|request| request.path.starts_with("/identity")).unwrap();
    assert_eq!(asked.header("authorization"), Some("bearer b3arer"));
    let minted = requests.iter().find(|request| request.path == "/_/oidc/mint-token").unwrap();
    assert_eq!(String::from_utf8_lossy(&minted.body), format!("{{\"token\":\"{IDENTITY}\"}}"));
    assert_eq!(posts(&world)[0].header("authorization"), Some("Basic X190b2tlbl9fOm1pbnQzZA=="));
    // What can go wrong on the way.
    let refusal = "{\"message\": \"no\", \"errors\": [{\"code\": \"invalid-publisher\", \"description\": \"unknown\"}]}";
    index.serve("/_/oidc/mint-token", Reply::ok(refusal).with_status(422));
    let stderr = upload_with(&world, &arguments, &variables).failure(1);
    assert!(stderr.contains("* `invalid-publisher`: unknown"), "{stderr}");
    index.serve("/identity?a=b&audience=demo", Reply::redirect("/elsewhere"));
    let stderr = upload_with(&world, &arguments, &variables).failure(1);
    assert!(stderr.contains("GitHub: OIDC token request failed (status 302)"), "{stderr}");
    assert_eq!(index.count("/elsewhere"), 0);
    let stderr = upload_with(&world, &arguments, &variables[..1]).failure(1);
    assert!(stderr.contains("the ACTIONS_ID_TOKEN_REQUEST_TOKEN environment variable was unset"), "{stderr}");
    let stderr = upload_with(&world, &arguments, &[]).failure(1);
    assert!(stderr.contains("This environment is not supported for trusted publishing"), "{stderr}");
}

#[test]
fn gitlab_vouches_for_its_jobs() {
    let world = world();
    world.index.serve("/_/oidc/audience", Reply::ok("{\"audience\": \"demo\"}"));
    world.index.serve("/_/oidc/mint-token", Reply::ok("{\"token\": \"mint3d\"}"));
    let arguments = ["--trusted-publishing", "always", "dist/*.whl"];
    upload_with(&world, &arguments, &[("GITLAB_CI", "true"), ("DEMO_ID_TOKEN", IDENTITY)]).success();
    assert_eq!(posts(&world)[0].header("authorization"), Some("Basic X190b2tlbl9fOm1pbnQzZA=="));
    let stderr = upload_with(&world, &arguments, &[("GITLAB_CI", "true")]).failure(1);
    assert!(stderr.contains("Environment variable DEMO_ID_TOKEN not found"), "{stderr}");
    // Somebody else's token is of no use.
    let other = "e30.eyJhdWQiOiAib3RoZXIifQ.sig";
    let stderr =
        upload_with(&world, &arguments, &[("GITLAB_CI", "true"), ("DEMO_ID_TOKEN", other)]).failure(1);
    assert!(stderr.contains("Token audience claim mismatch"), "{stderr}");
}
