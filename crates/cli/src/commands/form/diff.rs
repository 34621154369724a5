//! `hudang form diff`.

use std::path::Path;

use hudang_form::outline::{Change, Difference, Outline, RuleKind, TextKind, Wording, compare};
use serde::Serialize;

use super::source::Source;
use crate::error::Failure;
use crate::output::Output;

#[derive(Serialize)]
struct Compared {
    differences: Vec<Difference>,
}

pub(super) fn run(before: &Path, after: &Path, output: &Output) -> Result<(), Failure> {
    let outline = |file: &Path| Ok::<_, Failure>(Outline::of(&Source::open(file)?.into_form(file)?));
    let compared = Compared {
        differences: compare(&outline(before)?, &outline(after)?),
    };
    output.result(&compared, |compared| {
        if compared.differences.is_empty() {
            println!("{}", output.say("两份表单相同", "the two forms are the same"));
            return;
        }
        let heads = [
            ("题目", "question"),
            ("变化", "change"),
            ("原来", "before"),
            ("现在", "after"),
        ];
        output.table(
            &heads,
            compared.differences.iter().map(|found| row(found, output)),
        );
    })
}

fn row(found: &Difference, output: &Output) -> Vec<String> {
    let none = String::new();
    let absent = |text: &Option<String>| text.clone().unwrap_or_default();
    let (what, before, after) = match &found.change {
        Change::Form { what, before, after } => {
            let what = match *what {
                "id" => output.say("表单编号", "form id"),
                "title" => output.say("表单标题", "form title"),
                "version" => output.say("表单版本", "form version"),
                _ => output.say("语言", "languages"),
            };
            (what.to_owned(), before.clone(), after.clone())
        }
        Change::Added { kind } => (output.say("新增", "added").to_owned(), none, kind.clone()),
        Change::Removed { kind } => (output.say("删除", "removed").to_owned(), kind.clone(), none),
        Change::Moved { from } => (
            output.say("移动", "moved").to_owned(),
            from.clone(),
            found.path.clone(),
        ),
        Change::Type { before, after } => (
            output.say("题型", "type").to_owned(),
            before.clone(),
            after.clone(),
        ),
        Change::Text {
            text,
            language,
            before,
            after,
        } => {
            let kind = text_kind(*text, output);
            let what = if language.is_empty() {
                kind.to_owned()
            } else {
                format!("{kind} {language}")
            };
            (what, absent(before), absent(after))
        }
        Change::Rule { rule, before, after } => {
            (rule_kind(*rule, output).to_owned(), absent(before), absent(after))
        }
        Change::ChoiceAdded { value, label } => (
            output.say("新增选项", "choice added").to_owned(),
            none,
            offered(value, label),
        ),
        Change::ChoiceRemoved { value, label } => (
            output.say("删除选项", "choice removed").to_owned(),
            offered(value, label),
            none,
        ),
        Change::ChoiceText { value, before, after } => (
            output.say("选项文字", "choice text").to_owned(),
            offered(value, before),
            offered(value, after),
        ),
        Change::ChoicesReordered => (
            output.say("选项顺序", "order of choices").to_owned(),
            none.clone(),
            none,
        ),
    };
    vec![found.path.clone(), what, before, after]
}

fn offered(value: &str, label: &Wording) -> String {
    let texts: Vec<&str> = label.values().map(String::as_str).collect();
    format!("{value} {}", texts.join(" / ")).trim_end().to_owned()
}

fn text_kind(kind: TextKind, output: &Output) -> &'static str {
    let (zh, en) = match kind {
        TextKind::Label => ("题目文字", "label"),
        TextKind::Hint => ("提示", "hint"),
        TextKind::ConstraintMessage => ("约束提示", "constraint message"),
        TextKind::RequiredMessage => ("必填提示", "required message"),
    };
    output.say(zh, en)
}

fn rule_kind(kind: RuleKind, output: &Output) -> &'static str {
    let (zh, en) = match kind {
        RuleKind::Relevant => ("显示条件", "relevant"),
        RuleKind::Required => ("必填", "required"),
        RuleKind::Constraint => ("约束", "constraint"),
        RuleKind::Calculation => ("计算", "calculation"),
        RuleKind::ReadOnly => ("只读", "read_only"),
        RuleKind::Default => ("默认值", "default"),
        RuleKind::SetValue => ("触发赋值", "set value"),
        RuleKind::Preload => ("自动填写", "preload"),
        RuleKind::ChoiceFilter => ("选项范围", "choice filter"),
        RuleKind::RepeatCount => ("重复次数", "repeat count"),
        RuleKind::Appearance => ("外观", "appearance"),
        RuleKind::Range => ("数值范围", "range"),
    };
    output.say(zh, en)
}
