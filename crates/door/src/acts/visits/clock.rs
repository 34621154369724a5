//! What people should know of how well the time of an opening can be proved.

use hudang_device::OpeningTime;
use hudang_visit::Language;

/// A clock that is off by fewer minutes is not worth a word.
const OFF_MINUTES_MIN: u64 = 5;

/// What is worth saying; nothing where all is well.
pub(super) fn time_note(opening: &OpeningTime, language: Language) -> Option<String> {
    if opening.is_anchored {
        off(opening.wall_off_ms, language)
    } else {
        wide(opening.width_ms, language)
    }
}

fn off(wall_off_ms: i64, language: Language) -> Option<String> {
    let minutes = wall_off_ms.unsigned_abs() / 60_000;
    let which = if wall_off_ms < 0 {
        language.pick("慢", "slow")
    } else {
        language.pick("快", "fast")
    };
    let text = match language {
        Language::Zh => format!(
            "手机时钟{which}了 {minutes} 分钟。入户时间以服务器时间为准，不影响计数；请打开“自动设置时间”。"
        ),
        Language::En => format!(
            "The phone's clock is {minutes} minutes {which}. The server's time counts; set the clock to automatic."
        ),
    };
    (minutes >= OFF_MINUTES_MIN).then_some(text)
}

fn wide(width_ms: i64, language: Language) -> Option<String> {
    let hours = width_ms / 3_600_000;
    let days = hours / 24;
    let range = match (hours, language) {
        (..=0, _) => return None,
        (1..=72, Language::Zh) => format!("前后相差至多 {hours} 小时"),
        (1..=72, Language::En) => format!("within {hours} hours"),
        (73..=2_400, Language::Zh) => format!("前后相差至多 {days} 天"),
        (73..=2_400, Language::En) => format!("within {days} days"),
        (_, Language::Zh) => "这部手机还没有连过服务器".to_owned(),
        (_, Language::En) => "this phone has not met the server yet".to_owned(),
    };
    Some(match language {
        Language::Zh => format!("入户时间只能凭手机时钟证明（{range}）。关机前联网一次，时间即可确认。"),
        Language::En => format!(
            "Only the phone's clock tells when this was opened ({range}). Sync once before the phone is switched off."
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_matters_is_said() {
        let opening = |is_anchored, wall_off_ms, width_ms| OpeningTime {
            at_ms: 0,
            width_ms,
            is_anchored,
            wall_off_ms,
        };
        let says = |opening: OpeningTime| time_note(&opening, Language::En);
        assert_eq!(says(opening(true, 60_000, 70_000)), None);
        assert!(
            says(opening(true, -300_000, 70_000))
                .unwrap()
                .contains("5 minutes slow")
        );
        assert!(
            says(opening(false, 0, 7 * 86_400_000))
                .unwrap()
                .contains("within 7 days")
        );
        assert_eq!(says(opening(false, 0, 60_000)), None);
        assert!(
            says(opening(false, 0, i64::MAX))
                .unwrap()
                .contains("not met the server")
        );
    }
}
