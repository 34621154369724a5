//! A small form for visits in tests: what the stories ask, and nothing that must be answered.

use std::fmt::Write as _;
use std::sync::LazyLock;

use hudang_evidence::id::FormHash;
use hudang_visit::document::genesis::Skeleton;
use hudang_visit::questionnaire::Questionnaire;
use hudang_visit::questionnaire::package::Package;

/// So many questions `housing/q0`, `housing/q1` … stand in the form.
pub const QUESTIONS: usize = 200;

/// Groups with their questions and types.
const ASKED: [(&str, &[(&str, &str)]); 5] = [
    ("head", &[("name", "string"), ("phone", "string")]),
    ("housing", &[("kind", "string"), ("rooms", "int")]),
    ("livestock", &[("sheep", "int"), ("tag", "barcode")]),
    ("neighbour", &[("says", "string")]),
    ("land", &[("mu", "decimal")]),
];

/// The form as it is published. Who lives in a `yurt` must have a neighbour asked; `worth` follows from the sheep, of
/// which there are less than ten thousand; `required` is a question that must be answered, e.g. `income`.
pub fn published(required: Option<&str>) -> String {
    let mut instance = "<income/><worth/>".to_owned();
    let mut binds = bind("income", "int", required);
    binds += r#"<bind nodeset="/data/worth" type="int" calculate="/data/livestock/sheep * 900"/>"#;
    let mut body = r#"<input ref="/data/income"><label>收入</label></input>"#.to_owned();
    for (group, questions) in ASKED {
        let mut all: Vec<(String, &str)> = questions
            .iter()
            .map(|(name, of)| ((*name).to_owned(), *of))
            .collect();
        if group == "housing" {
            all.extend((0..QUESTIONS).map(|n| (format!("q{n}"), "string")));
        }
        write!(instance, "<{group}>").unwrap();
        for (name, of) in all {
            let path = format!("{group}/{name}");
            write!(instance, "<{name}/>").unwrap();
            binds += &bind(&path, of, required);
            write!(body, r#"<input ref="/data/{path}"><label>{name}</label></input>"#).unwrap();
        }
        write!(instance, "</{group}>").unwrap();
    }
    let xform = format!(
        r#"<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"
 xmlns:jr="http://openrosa.org/javarosa"><h:head><h:title>入户调查表</h:title><model><instance>
 <data id="ruhu" version="1">{instance}<members><name/></members></data></instance>{binds}</model></h:head>
 <h:body>{body}<group ref="/data/members"><repeat nodeset="/data/members"><input ref="/data/members/name"/></repeat></group>
 </h:body></h:html>"#
    );
    Package::publish(&xform, &[]).unwrap().render().unwrap()
}

fn bind(path: &str, of: &str, required: Option<&str>) -> String {
    let must = match path {
        _ if required == Some(path) => r#" required="true()""#,
        "neighbour/says" => r#" required="/data/housing/kind = 'yurt'""#,
        "livestock/sheep" => r#" constraint=". &lt; 10000""#,
        _ => "",
    };
    format!(r#"<bind nodeset="/data/{path}" type="{of}"{must}/>"#)
}

/// The form that visits are made with: nothing must be answered.
pub fn text() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(|| published(None));
    &TEXT
}

/// Its name.
pub fn hash() -> FormHash {
    FormHash::of(text().as_bytes())
}

/// Its repeats.
pub fn skeleton() -> Skeleton {
    static READ: LazyLock<Skeleton> =
        LazyLock::new(|| Questionnaire::read(text().as_bytes()).unwrap().skeleton().clone());
    READ.clone()
}
