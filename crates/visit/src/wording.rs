//! What the assessment says to people: each missing piece with what to do, in Chinese and English.

use crate::assess::{Missing, MissingCode, WaiverFault};
use crate::language::Language;

impl Missing {
    /// What is missing and what to do.
    pub fn message(&self, language: Language) -> String {
        let mut text = match language {
            Language::Zh => self.zh(),
            Language::En => self.en(),
        };
        if let Some(fault) = self.waiver {
            text.push_str(fault.message(language));
        }
        text
    }

    /// What the requirement is about: the part of its code after the colon.
    fn subject(&self) -> &str {
        self.requirement
            .split_once(':')
            .map_or(self.requirement.as_str(), |(_, subject)| subject)
    }

    fn zh(&self) -> String {
        let Self { have, need, .. } = self;
        let subject = self.subject();
        match self.code {
            MissingCode::AssessStandard => {
                "入户所用的留痕标准不是本合同的标准,请核对任务所属合同。".to_owned()
            }
            MissingCode::AssessOutcome => "合同不认可这种入户结果,请核对后重新封存。".to_owned(),
            MissingCode::AssessEntries => format!("还缺 {need} 条证据条目,请在手机上再同步一次。"),
            MissingCode::AssessMedia => format!("原件已到 {have} 件,共 {need} 件,请保持手机联网直到传完。"),
            MissingCode::AssessInvestigators => {
                format!(
                    "现有 {have} 名调查员,需要 {need} 名,请同行调查员在自己名下开始入户、留下到场痕迹(定位、拍照或确认一页问卷),并一起封存。"
                )
            }
            MissingCode::AssessAnswers => "缺少入户调查表答卷,请在手机上确认表格后再同步一次。".to_owned(),
            MissingCode::AssessQuestion => {
                format!("必答题“{subject}”已答 {have} 处,需要 {need} 处,请补填。")
            }
            MissingCode::AssessWithheld => format!("“{subject}”的部分答案已清除或未提供,无法核对。"),
            MissingCode::AssessPhoto => format!("“{subject}”照片现有 {have} 张,需要 {need} 张,请补拍。"),
            MissingCode::AssessPhotoImported => {
                format!("“{subject}”照片现场拍摄 {have} 张,需要 {need} 张;从相册选的不算,请现场拍摄。")
            }
            MissingCode::AssessPhotoUnreadable => {
                format!("“{subject}”照片能读出画面的 {have} 张,需要 {need} 张;请把相机格式设为 JPEG 后补拍。")
            }
            MissingCode::AssessPhotoTwice => {
                format!(
                    "“{subject}”照片现有 {have} 张,需要 {need} 张;已用于其他用途的同一张照片不重复计算,请另拍。"
                )
            }
            MissingCode::AssessAudio => format!("有效录音 {have} 秒,需要 {need} 秒,请补录。"),
            MissingCode::AssessAudioGap => {
                format!("录音中有 {have} 秒没有声音,最多允许 {need} 秒,请检查麦克风后重录。")
            }
            MissingCode::AssessAudioImported => {
                format!("现场录音 {have} 秒,需要 {need} 秒;导入的录音不算,请现场录音。")
            }
            MissingCode::AssessAudioConsent => "缺少住户同意录音的记录,请征得同意并登记。".to_owned(),
            MissingCode::AssessSignature => {
                format!("{}签名现有 {have} 个,需要 {need} 个,请补签。", role_zh(subject))
            }
            MissingCode::SignStale => format!(
                "{}签名之后答案有改动,签名有效 {have} 个,需要 {need} 个;请核对改动后重新签名。",
                role_zh(subject)
            ),
            MissingCode::AssessConsent => {
                format!("缺少住户同意{}的记录,请征得同意并登记。", consent_zh(subject))
            }
            MissingCode::AssessGps if *have == 0 => "没有可用的定位,请到室外打开定位后重试。".to_owned(),
            MissingCode::AssessGps => {
                format!(
                    "定位误差 {} 米,最多允许 {} 米,请到室外重新定位。",
                    have.div_ceil(100),
                    need / 100
                )
            }
            MissingCode::AssessAttempts => {
                format!("已在 {have} 个不同日期上门,需要 {need} 个,请改日再去并拍照。")
            }
            MissingCode::FormRequired => format!("调查表必填题“{subject}”有 {need} 处未填,请补填。"),
            MissingCode::FormConstraint => {
                format!("“{subject}”有 {need} 处答案不符合调查表的规定,请核对后更正。")
            }
            MissingCode::FormCalculation => {
                format!("“{subject}”的计算结果与答案不符({need} 处),请在手机上重新打开、确认后再封存。")
            }
            MissingCode::FormIrrelevant => {
                format!("“{subject}”本不该作答却有答案({need} 处),请在手机上重新确认后再封存。")
            }
            MissingCode::FormChoice => format!("“{subject}”有 {need} 处答案不在选项之中,请重新选择。"),
            MissingCode::FormType => format!("“{subject}”有 {need} 处答案的类型不对,请重新填写。"),
            MissingCode::FormOriginal => {
                format!(
                    "“{subject}”有 {need} 处所指的照片、录音或文件不在这次入户里,或已撤回,请重新拍摄、录制或添加后再作答。"
                )
            }
            MissingCode::FormContradicts => {
                format!("“{subject}”的答案与入户时登记的结果或同意情况不一致,请改成一致后再封存。")
            }
            MissingCode::FormWithheld => {
                format!("有 {need} 个答案没有随封存上传,无法按调查表核对。请在手机上重新上传。")
            }
            MissingCode::FormUnknown => {
                format!("调查表里没有“{subject}”这一题或这一行,请用任务所属的表单填写。")
            }
        }
    }

    fn en(&self) -> String {
        let Self { have, need, .. } = self;
        let subject = self.subject();
        match self.code {
            MissingCode::AssessStandard => {
                "The visit was held to another contract's standard: check which contract it belongs to."
                    .to_owned()
            }
            MissingCode::AssessOutcome => {
                "The contract does not accept this outcome: check it and seal again.".to_owned()
            }
            MissingCode::AssessEntries => format!("{need} entries are still missing: sync the phone again."),
            MissingCode::AssessMedia => {
                format!("{have} of {need} originals are here: keep the phone online.")
            }
            MissingCode::AssessInvestigators => {
                format!("{have} of {need} investigators: the partner leaves an own trace and seals too.")
            }
            MissingCode::AssessAnswers => {
                "The answers are missing: confirm the form on the phone and sync again.".to_owned()
            }
            MissingCode::AssessQuestion => format!("{subject}: answered {have} of {need} times. Fill it in."),
            MissingCode::AssessWithheld => {
                format!("{subject}: answers were erased or withheld, so it cannot be judged.")
            }
            MissingCode::AssessPhoto => format!("Photos of {subject}: {have} of {need}. Take the rest."),
            MissingCode::AssessPhotoImported => {
                format!("Photos of {subject}: {have} of {need} taken here, not from files. Take the rest.")
            }
            MissingCode::AssessPhotoUnreadable => {
                format!("Photos of {subject}: {have} of {need} can be read. Retake them as JPEG.")
            }
            MissingCode::AssessPhotoTwice => format!("{subject}: {have} of {need} photos of nothing else."),
            MissingCode::AssessAudio => format!("Recording: {have} s of {need} s. Record more."),
            MissingCode::AssessAudioGap => {
                format!(
                    "The recording is silent for {have} s, at most {need} s are allowed. Check the microphone."
                )
            }
            MissingCode::AssessAudioImported => {
                format!("Recorded here: {have} s of {need} s; files do not count. Record on the spot.")
            }
            MissingCode::AssessAudioConsent => {
                "The household's consent to the recording is missing: ask, and note the answer.".to_owned()
            }
            MissingCode::AssessSignature => {
                format!("Signatures ({subject}): {have} of {need}. Have them signed.")
            }
            MissingCode::SignStale => format!(
                "Answers changed after they were signed ({subject}): {have} of {need} signatures stand. Go through the changes, \
                 and have them signed again."
            ),
            MissingCode::AssessConsent => {
                format!("The household's consent ({subject}) is missing: ask, and note the answer.")
            }
            MissingCode::AssessGps if *have == 0 => {
                "No usable position: go outside with location switched on.".to_owned()
            }
            MissingCode::AssessGps => {
                format!(
                    "The position is good to {} m, {} m are needed: try outside.",
                    have.div_ceil(100),
                    need / 100
                )
            }
            MissingCode::AssessAttempts => {
                format!(
                    "Attempts on {have} of {need} different days: come back another day and take the photo."
                )
            }
            _ => self.form_en(),
        }
    }

    /// Of what the form says.
    fn form_en(&self) -> String {
        let (need, subject) = (self.need, self.subject());
        match self.code {
            MissingCode::FormRequired => {
                format!("{subject}: the form requires an answer, {need} missing. Fill it in.")
            }
            MissingCode::FormConstraint => {
                format!("{subject}: {need} answers break the form's constraint. Check and correct them.")
            }
            MissingCode::FormCalculation => {
                format!(
                    "{subject}: {need} calculated values do not follow from the answers. Open the visit on the phone, confirm and seal again."
                )
            }
            MissingCode::FormIrrelevant => {
                format!("{subject}: {need} answers to what is not asked. Confirm and seal again.")
            }
            MissingCode::FormChoice => {
                format!("{subject}: {need} answers are none of the choices. Choose again.")
            }
            MissingCode::FormType => {
                format!("{subject}: {need} answers are not of the question's type. Fill it in again.")
            }
            MissingCode::FormOriginal => {
                format!(
                    "{subject}: {need} photos, recordings or files that the answers name are not in this visit or were withdrawn. Take or add them again, then answer."
                )
            }
            MissingCode::FormContradicts => {
                format!(
                    "{subject}: the answer says otherwise than the visit's own outcome or consent. Make them agree."
                )
            }
            MissingCode::FormWithheld => {
                format!(
                    "{need} answers did not come with the seal, so the form cannot be held to them. Sync again."
                )
            }
            _ => format!("{subject}: the form has no such question or instance. Use the form of the task."),
        }
    }
}

impl WaiverFault {
    /// Why the waiver does not help, and what to do.
    pub const fn message(self, language: Language) -> &'static str {
        match self {
            Self::NotAllowed => language.pick(
                "(合同不允许此项免留痕。)",
                " (The contract does not allow this to be waived.)",
            ),
            Self::Reason => language.pick(
                "(免留痕说明的理由不在合同允许之列,请重新选择。)",
                " (The waiver's reason is not one that the contract accepts: choose another.)",
            ),
            Self::Witness => language.pick(
                "(免留痕说明还需要另一名调查员确认。)",
                " (The waiver has to be confirmed by another investigator.)",
            ),
        }
    }
}

fn role_zh(role: &str) -> &str {
    match role {
        "household" => "住户",
        "neighbour" => "邻居或村干部",
        "investigator" => "调查员",
        other => other,
    }
}

fn consent_zh(to: &str) -> &str {
    match to {
        "visit" => "入户",
        "photo" => "拍照",
        "audio" => "录音",
        other => other,
    }
}
