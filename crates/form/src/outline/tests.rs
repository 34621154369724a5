use super::*;
use crate::form::{Attachments, Form};
use crate::xlsform::{Options, Workbook, to_xform};

type Rows<'a> = &'a [&'a [&'a str]];

fn outline(survey: Rows<'_>, choices: Rows<'_>) -> Outline {
    let rows = |rows: Rows<'_>| -> Vec<Vec<String>> {
        let row = |row: &&[&str]| row.iter().map(|cell| (*cell).to_owned()).collect();
        rows.iter().map(row).collect()
    };
    let workbook = Workbook::from_rows([("survey", rows(survey)), ("choices", rows(choices))]);
    let converted = to_xform(&workbook, &Options::default()).unwrap();
    Outline::of(&Form::from_xform(&converted.xform, &Attachments::none()).unwrap())
}

const HEADER: &[&str] = &["type", "name", "label::zh", "label::mn", "relevant", "constraint"];
const CHOICES: Rows<'_> = &[
    &["list_name", "name", "label::zh", "label::mn"],
    &["roof", "brick", "砖", "тоосго"],
    &["roof", "ger", "毡房", "гэр"],
];

fn said(found: &[Difference]) -> Vec<String> {
    found
        .iter()
        .map(|difference| serde_json::to_string(difference).unwrap())
        .collect()
}

#[test]
fn a_form_is_described_with_its_whole_lists() {
    let outline = outline(
        &[
            HEADER,
            &["select_one roof", "roof", "房顶", "дээвэр"],
            &["begin repeat", "member", "成员", "гишүүн"],
            &[
                "integer",
                "age",
                "${roof}里谁几岁?",
                "нас",
                "${roof} = 'ger'",
                ". < 130",
            ],
            &["end repeat"],
        ],
        CHOICES,
    );
    let roof = &outline.questions[0];
    assert_eq!((roof.path.as_str(), roof.kind.as_str()), ("roof", "select_one"));
    assert_eq!(roof.choices.len(), 2);
    assert_eq!(roof.choices[1].label["mn"], "гэр");
    let age = &outline.questions[2];
    assert_eq!((age.path.as_str(), age.kind.as_str()), ("member/age", "integer"));
    assert_eq!(age.texts[&TextKind::Label]["zh"], "${roof}里谁几岁?");
    assert_eq!(age.rules[&RuleKind::Relevant], "/data/roof = 'ger'");
    let text = serde_json::to_string(&outline).unwrap();
    assert_eq!(serde_json::from_str::<Outline>(&text).unwrap(), outline);
}

#[test]
fn a_form_does_not_differ_from_itself() {
    let survey: Rows<'_> = &[HEADER, &["select_one roof", "roof", "房顶", "дээвэр"]];
    let one = outline(survey, CHOICES);
    assert_eq!(compare(&one, &one), []);
}

#[test]
fn every_kind_of_difference_is_told_once() {
    let before = outline(
        &[
            HEADER,
            &["select_one roof", "roof", "房顶", "дээвэр"],
            &["text", "gone", "不再问", "-"],
            &["text", "sheep", "几只羊", "хонь"],
            &["text", "wanders", "换了组", "-"],
            &["begin group", "g", "组", "-"],
            &["integer", "age", "年龄", "нас", "", ". < 130"],
            &["end group"],
        ],
        CHOICES,
    );
    let after = outline(
        &[
            HEADER,
            &["select_one roof", "roof", "房顶", "дээвэр"],
            &["integer", "sheep", "有几只羊", "хонь"],
            &["begin group", "g", "组", "-"],
            &["text", "wanders", "换了组", "-"],
            &["integer", "age", "年龄", "нас", "${sheep} > 0", ". < 120"],
            &["text", "new", "新题", "-"],
            &["end group"],
        ],
        &[
            &["list_name", "name", "label::zh", "label::mn"],
            &["roof", "ger", "蒙古包", "гэр"],
            &["roof", "tile", "瓦", "ваар"],
        ],
    );
    let found = said(&compare(&before, &after));
    let expected = [
        r#"{"path":"roof","change":"choice_text","value":"ger","before":{"mn":"гэр","zh":"毡房"},"after":{"mn":"гэр","zh":"蒙古包"}}"#,
        r#"{"path":"roof","change":"choice_added","value":"tile","label":{"mn":"ваар","zh":"瓦"}}"#,
        r#"{"path":"roof","change":"choice_removed","value":"brick","label":{"mn":"тоосго","zh":"砖"}}"#,
        r#"{"path":"sheep","change":"type","before":"text","after":"integer"}"#,
        r#"{"path":"sheep","change":"text","text":"label","language":"zh","before":"几只羊","after":"有几只羊"}"#,
        r#"{"path":"g/wanders","change":"moved","from":"wanders"}"#,
        r#"{"path":"g/age","change":"rule","rule":"relevant","before":null,"after":"/data/sheep > 0"}"#,
        r#"{"path":"g/age","change":"rule","rule":"constraint","before":". < 130","after":". < 120"}"#,
        r#"{"path":"g/new","change":"added","type":"text"}"#,
        r#"{"path":"gone","change":"removed","type":"text"}"#,
    ];
    assert_eq!(found, expected);
}

#[test]
fn another_order_of_choices_is_told() {
    let survey: Rows<'_> = &[HEADER, &["select_one roof", "roof", "房顶", "дээвэр"]];
    let turned: Rows<'_> = &[CHOICES[0], CHOICES[2], CHOICES[1]];
    let found = compare(&outline(survey, CHOICES), &outline(survey, turned));
    assert_eq!(said(&found), [r#"{"path":"roof","change":"choices_reordered"}"#]);
}
