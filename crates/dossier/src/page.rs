//! The page that people read. It loads nothing from elsewhere.

use core::fmt::Write as _;

use serde_json::Value;

use crate::{Household, Original, Visit};

const STYLE: &str = "body{font-family:'Noto Sans CJK SC','Microsoft YaHei',sans-serif;max-width:60rem;margin:2rem \
auto;padding:0 1rem;line-height:1.6}h2{border-top:2px solid #345;padding-top:1rem}table{border-collapse:collapse}\
td,th{border:1px solid #abc;padding:.3rem .7rem;text-align:left;vertical-align:top}figure{display:inline-block;\
margin:.5rem}img{max-width:20rem;max-height:20rem}code{font-size:.8rem;word-break:break-all}.no{color:#a00}";

/// Renders the page.
pub(crate) fn render(household: &Household) -> String {
    let mut out = String::new();
    let title = format!("一户一档 {}", escape(&household.code));
    let mut put = |text: &str| out.push_str(text);
    put("<!doctype html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><title>");
    put(&title);
    put("</title><style>");
    put(STYLE);
    put("</style></head><body><h1>");
    put(&title);
    put("</h1><p>户主：");
    put(&or_erased(&household.head));
    put("　住址：");
    put(&or_erased(&household.address));
    put("</p>");
    for visit in &household.visits {
        put(&visit_section(visit));
    }
    put(
        "<hr><p>核验：在本目录运行 <code>sha256sum -c SHA256SUMS</code>，逐行应显示 OK。</p></body></html>\n",
    );
    out
}

fn visit_section(visit: &Visit) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = write!(
        out,
        "<h2>入户 {}</h2><table><tr><th>合同</th><td>{}</td></tr><tr><th>入户时间</th><td>{}</td></tr>\
         <tr><th>结果</th><td>{}</td></tr><tr><th>状态</th><td>{}</td></tr>",
        escape(&visit.id),
        escape(&visit.contract),
        escape(&visit.opened),
        escape(&visit.outcome),
        escape(&visit.state)
    );
    if !visit.reasons.is_empty() {
        let _ = write!(
            out,
            "<tr><th>未计数原因</th><td class=\"no\">{}</td></tr>",
            escape(&visit.reasons.join("；"))
        );
    }
    out.push_str("</table><h3>答卷</h3>");
    out.push_str(&answers(visit));
    out.push_str("<h3>原件</h3>");
    for original in &visit.originals {
        out.push_str(&figure(&visit.id, original));
    }
    if !visit.findings.is_empty() {
        out.push_str("<h3>核查发现</h3><ul>");
        for (code, details) in &visit.findings {
            let _ = write!(
                out,
                "<li>{} <code>{}</code></li>",
                escape(code),
                escape(&details.to_string())
            );
        }
        out.push_str("</ul>");
    }
    for one in &visit.returns {
        let _ = write!(out, "<h3>退回 {}</h3><ul>", escape(&one.heading));
        for comment in &one.comments {
            let _ = write!(out, "<li>{}</li>", escape(comment));
        }
        out.push_str("</ul>");
    }
    let _ = write!(
        out,
        "<p>证据条目 {} 条，封存 {} 份，回执 {} 份。</p>",
        visit.entries.len(),
        visit.seals.len(),
        visit.receipts.len()
    );
    out
}

fn answers(visit: &Visit) -> String {
    let mut out = String::from("<table>");
    for (name, value) in &visit.answers {
        let text = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let _ = write!(
            out,
            "<tr><th>{}</th><td>{}</td></tr>",
            escape(name),
            escape(&text)
        );
    }
    out.push_str("</table>");
    if visit.withheld > 0 {
        let _ = write!(out, "<p>另有 {} 项已清除或未提供。</p>", visit.withheld);
    }
    out
}

fn figure(visit: &str, original: &Original) -> String {
    let caption = format!(
        "{} <code>{}</code>",
        escape(&original.purpose),
        escape(&original.sha256)
    );
    if original.held_bytes.is_none() {
        return format!("<figure class=\"no\">原件未到<figcaption>{caption}</figcaption></figure>");
    }
    let path = format!("{}/originals/{}", escape(visit), escape(&original.file_name()));
    let shown = if original.mime.starts_with("image/") {
        format!(
            "<a href=\"{path}\"><img src=\"{path}\" alt=\"{}\"></a>",
            escape(&original.purpose)
        )
    } else if original.mime.starts_with("audio/") {
        format!("<audio controls preload=\"none\" src=\"{path}\"></audio>")
    } else {
        format!("<a href=\"{path}\">打开</a>")
    };
    format!("<figure>{shown}<figcaption>{caption}</figcaption></figure>")
}

fn or_erased(text: &str) -> String {
    if text.is_empty() {
        "—".to_owned()
    } else {
        escape(text)
    }
}

/// Text of the household's, made harmless in HTML.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}
