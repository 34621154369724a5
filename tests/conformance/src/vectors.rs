//! Suites `vectors/<file>` whose code is written: `{"about": …, "cases": [{"id": …, …}, …]}`.

use std::path::Path;

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::NaiveDate;
use hudang_contract::calendar::Span;
use hudang_evidence::id::Sha256;
use hudang_evidence::note::{Note, VerifierKey};
use hudang_evidence::profile::{self, ENTRY_BYTES_MAX};
use hudang_form::identity::IdentityNumber;
use serde_json::Value;

use super::{Failure, Suite};

type Check = fn(&Case<'_>) -> anyhow::Result<Result<(), Failure>>;

/// Files with code, in the order of printing.
const CHECKS: [(&str, Check); 7] = [
    ("ed25519", ed25519),
    ("sha256", sha256),
    ("json-profile", json_profile),
    ("note", note),
    ("vkey", vkey),
    ("dates", dates),
    ("identity-number", identity_number),
];

struct Vectors {
    name: &'static str,
    cases: Vec<Value>,
    check: Check,
}

/// Opens the suites that the corpus has.
pub(super) fn open(corpus: &Path) -> anyhow::Result<Vec<Box<dyn Suite>>> {
    let mut found: Vec<Box<dyn Suite>> = Vec::new();
    for (name, check) in CHECKS {
        let path = corpus.join(format!("vectors/{name}.json"));
        if !path.is_file() {
            continue;
        }
        let text = std::fs::read_to_string(&path).with_context(|| format!("Read {}", path.display()))?;
        let mut file: Value =
            serde_json::from_str(&text).with_context(|| format!("Parse {}", path.display()))?;
        let cases = file.get_mut("cases").map(Value::take);
        let cases = cases.and_then(|cases| serde_json::from_value(cases).ok());
        let cases = cases.with_context(|| format!("Find the cases of {}", path.display()))?;
        found.push(Box::new(Vectors { name, cases, check }));
    }
    Ok(found)
}

impl Suite for Vectors {
    fn name(&self) -> String {
        format!("vectors/{}", self.name)
    }

    fn cases(&self) -> Vec<String> {
        self.cases.iter().map(id_of).collect()
    }

    fn run_case(&self, id: &str) -> Result<(), Failure> {
        let unreadable = |got: String| Failure {
            expected: "a readable case".to_owned(),
            got,
        };
        let case = self
            .cases
            .iter()
            .find(|case| id_of(case) == id)
            .ok_or_else(|| unreadable(id.to_owned()))?;
        (self.check)(&Case(case)).map_err(|error| unreadable(format!("{error:#}")))?
    }
}

fn id_of(case: &Value) -> String {
    match case.get("id") {
        Some(Value::String(id)) => id.clone(),
        Some(id) => id.to_string(),
        None => String::new(),
    }
}

/// The fields of one case; a field of another type is an error of the corpus.
struct Case<'c>(&'c Value);

impl Case<'_> {
    fn field<T: serde::de::DeserializeOwned>(&self, name: &str) -> anyhow::Result<T> {
        let value = self.0.get(name).with_context(|| format!("no field {name}"))?;
        serde_json::from_value(value.clone()).with_context(|| format!("field {name}"))
    }

    fn hex(&self, name: &str) -> anyhow::Result<Vec<u8>> {
        let text: String = self.field(name)?;
        let digits: Option<Vec<u32>> = text.chars().map(|digit| digit.to_digit(16)).collect();
        let digits = digits
            .filter(|digits| digits.len() % 2 == 0)
            .with_context(|| format!("{name} is not hex"))?;
        let byte = |pair: &[u32]| {
            pair.iter()
                .try_fold(0_u8, |byte, digit| u8::try_from(u32::from(byte) * 16 + digit))
        };
        digits
            .chunks(2)
            .map(|pair| byte(pair).context("two hex digits"))
            .collect()
    }

    fn base64(&self, name: &str) -> anyhow::Result<Vec<u8>> {
        STANDARD
            .decode(self.field::<String>(name)?)
            .with_context(|| format!("{name} is not base64"))
    }
}

fn same<T: PartialEq + std::fmt::Debug>(expected: &T, got: &T) -> Result<(), Failure> {
    if expected == got {
        return Ok(());
    }
    Err(Failure {
        expected: format!("{expected:?}"),
        got: format!("{got:?}"),
    })
}

fn ed25519(case: &Case<'_>) -> anyhow::Result<Result<(), Failure>> {
    let (message, signature) = (case.hex("msg_hex")?, case.hex("sig_hex")?);
    let public: Option<[u8; 32]> = case.hex("pk_hex")?.try_into().ok();
    let signature: Option<[u8; 64]> = signature.try_into().ok();
    let key = public.and_then(|public| VerifierKey::new("case", &public).ok());
    let valid = key
        .zip(signature)
        .is_some_and(|(key, signature)| key.verify(&message, &signature));
    Ok(same(&case.field("valid")?, &valid))
}

fn sha256(case: &Case<'_>) -> anyhow::Result<Result<(), Failure>> {
    Ok(same(
        &case.field("sha256_hex")?,
        &Sha256::of(&case.hex("msg_hex")?).to_string(),
    ))
}

fn json_profile(case: &Case<'_>) -> anyhow::Result<Result<(), Failure>> {
    let parsed = profile::parse(&case.base64("bytes_b64")?, ENTRY_BYTES_MAX);
    Ok(same(&case.field("accept")?, &parsed.is_ok()))
}

fn note(case: &Case<'_>) -> anyhow::Result<Result<(), Failure>> {
    let keys: Vec<String> = case.field("vkeys")?;
    let keys: Vec<VerifierKey> = keys.iter().map(|key| key.parse()).collect::<Result<_, _>>()?;
    let note = Note::parse(&case.base64("note_b64")?);
    let names = note
        .as_ref()
        .ok()
        .and_then(|note| note.verify(&keys).ok())
        .unwrap_or_default();
    let mut names: Vec<String> = names.into_iter().map(str::to_owned).collect();
    let mut expected: Vec<String> = case.field("signed_by")?;
    names.sort();
    expected.sort();
    Ok(same(
        &(case.field("accept")?, expected),
        &(!names.is_empty(), names),
    ))
}

fn vkey(case: &Case<'_>) -> anyhow::Result<Result<(), Failure>> {
    let parsed = case.field::<String>("vkey")?.parse::<VerifierKey>();
    Ok(same(&case.field("accept")?, &parsed.is_ok()))
}

fn dates(case: &Case<'_>) -> anyhow::Result<Result<(), Failure>> {
    let span = |(from, to): (NaiveDate, NaiveDate)| Span { from, to };
    let days = match case.field::<String>("kind")?.as_str() {
        "term" => span((case.field("from")?, case.field("to")?)).days(),
        "overlap" => span(case.field("a")?).shared_days(&span(case.field("b")?)),
        kind => anyhow::bail!("unknown kind {kind}"),
    };
    Ok(same(&case.field("days")?, &days))
}

fn identity_number(case: &Case<'_>) -> anyhow::Result<Result<(), Failure>> {
    let read = case.field::<String>("number")?.parse::<IdentityNumber>();
    let got = read
        .ok()
        .map(|number| (number.birth(), number.sex().name().to_owned()));
    let expected = if case.field::<bool>("valid")? {
        Some((case.field::<NaiveDate>("birth")?, case.field::<String>("sex")?))
    } else {
        None
    };
    Ok(same(&expected, &got))
}
