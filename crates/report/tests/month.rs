//! The month's workbook, read back and compared with what it was made from.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    clippy::float_cmp,
    reason = "in a test a surprise is a failure; the numbers are small and whole"
)]

use hudang_contract::counts::Place;
use hudang_contract::state::{Reason, State};
use hudang_contract::versions::Versions;
use hudang_report::month::{Month, Visit, lines, workbook};
use hudang_testkit::office::{at, contract};
use hudang_testkit::workbook::sheets;

fn visit(n: u8, area: &str, period: &str, state: State, reason: Option<Reason>) -> Visit {
    Visit {
        visit: format!("01JQ{n:022}"),
        household: format!("户-{n:03}"),
        place: Place {
            area: area.to_owned(),
            period: period.to_owned(),
            state,
            reason,
        },
        outcome: if state == State::Draft { "" } else { "done" }.to_owned(),
        opened: at(i64::from(n) * 3_600_000),
        received: state.is_received().then(|| at(i64::from(n) * 7_200_000)),
        seal: if state == State::Draft {
            String::new()
        } else {
            format!("{n:064}")
        },
    }
}

fn versions() -> Versions {
    Versions::of(contract())
}

fn made(visits: &[Visit]) -> Vec<(String, Vec<Vec<String>>)> {
    let month: Month = "2026-03".parse().unwrap();
    sheets(&workbook(&versions(), month, visits, at(86_400_000)).unwrap())
}

#[test]
fn every_cell_is_that_of_its_row() {
    let visits = [
        visit(1, "152525", "2026-03", State::Counted, None),
        visit(2, "152525", "2026-03", State::Received, Some(Reason::Incomplete)),
        visit(3, "152525", "2026-03", State::Received, Some(Reason::MediaReused)),
        visit(4, "152526", "2026-03", State::Draft, None),
        visit(5, "", "2026-03", State::Received, Some(Reason::OutsideArea)),
    ];
    let [(counts, numbers), (list, rows)] = made(&visits).try_into().unwrap();
    assert_eq!((counts.as_str(), list.as_str()), ("数量核对", "入户清单"));
    assert_eq!(
        numbers[0][0],
        "东乌旗 2026 年入户核查（HT-2026-001）2026-03 月度数量核对"
    );
    assert_eq!(numbers[1][0], "制表时间 2026-03-21 17:46:40");
    let expected = [
        "区域 区域名称 期次 合同数量 在途 已接收 已计数 未计数 未计数原因",
        " 合同外 2026-03 0 0 1 0 1 不在合同区域内=1",
        "152525 东乌珠穆沁旗 2026-03 12 0 3 1 2 照片或录音与其他入户重复=1；留痕不完整=1",
        "152526 西乌珠穆沁旗 2026-03 12 1 0 0 0 ",
    ];
    let found: Vec<String> = numbers[3..]
        .iter()
        .map(|row| {
            let (reasons, cells) = row.split_last().unwrap();
            format!("{} {}", cells.join(" "), reasons.replace(' ', "="))
        })
        .collect();
    assert_eq!(found, expected);

    assert_eq!(
        rows[0].join(" "),
        "户编号 入户编号 区域 期次 状态 原因 入户结果 入户时间 接收时间 封存"
    );
    assert_eq!(rows.len(), 1 + visits.len());
    for (row, visit) in rows[1..].iter().zip(&visits) {
        assert_eq!(
            row[..4],
            [
                visit.household.clone(),
                visit.visit.clone(),
                visit.place.area.clone(),
                visit.place.period.clone(),
            ]
        );
        assert_eq!([&row[6], &row[9]], [&visit.outcome, &visit.seal]);
    }
    let words: Vec<[&str; 4]> = rows[1..]
        .iter()
        .map(|row| [4, 5, 7, 8].map(|column| row[column].as_str()))
        .collect();
    assert_eq!(
        words,
        [
            ["已计数", "", "2026-03-20 18:46:40", "2026-03-20 19:46:40"],
            [
                "已接收",
                "留痕不完整",
                "2026-03-20 19:46:40",
                "2026-03-20 21:46:40"
            ],
            [
                "已接收",
                "照片或录音与其他入户重复",
                "2026-03-20 20:46:40",
                "2026-03-20 23:46:40"
            ],
            ["入户中", "", "2026-03-20 21:46:40", ""],
            [
                "已接收",
                "不在合同区域内",
                "2026-03-20 22:46:40",
                "2026-03-21 03:46:40"
            ],
        ]
    );
}

/// The sums of the sheet of counts are the numbers of the list of visits, whatever these are.
#[test]
fn the_numbers_are_those_of_the_list() {
    let states = [
        State::Draft,
        State::Sealed,
        State::Received,
        State::Counted,
        State::Accepted,
        State::Rejected,
    ];
    let visits: Vec<Visit> = (0..60)
        .map(|n: u8| {
            let area = ["152525", "152526", ""][usize::from(n) % 3];
            let state = states[usize::from(n) % states.len()];
            let reason = (state == State::Received).then_some(Reason::Incomplete);
            visit(n, area, "2026-03", state, reason)
        })
        .collect();
    let [(_, numbers), (_, rows)] = made(&visits).try_into().unwrap();
    let sum = |column: usize| -> f64 {
        numbers[4..]
            .iter()
            .map(|row| row[column].parse::<f64>().unwrap())
            .sum()
    };
    let listed = |words: &[&str]| {
        rows[1..]
            .iter()
            .filter(|row| words.contains(&row[4].as_str()))
            .count() as f64
    };
    assert_eq!(sum(4), listed(&["入户中", "已封存"]));
    assert_eq!(sum(5), listed(&["已接收", "已计数", "验收合格", "验收不合格"]));
    assert_eq!(sum(6), listed(&["已计数", "验收合格"]));
    assert_eq!(sum(7), listed(&["已接收", "验收不合格"]));
}

#[test]
fn a_month_without_visits_has_what_was_agreed() {
    let [(_, numbers), (_, rows)] = made(&[]).try_into().unwrap();
    assert_eq!(numbers.len(), 6);
    assert_eq!(
        numbers[4][..8].join(" "),
        "152525 东乌珠穆沁旗 2026-03 12 0 0 0 0"
    );
    assert_eq!(rows.len(), 1);
    let outside: Month = "2026-09".parse().unwrap();
    assert_eq!(lines(&versions(), outside, &[]), []);
}
