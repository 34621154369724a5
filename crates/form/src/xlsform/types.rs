//! The types of questions: their names, old names, controls and binds.

/// How a type is asked and stored.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct QuestionType {
    pub(super) name: &'static str,
    /// Element of the form's body; empty when nothing is shown.
    pub(super) control: &'static str,
    pub(super) media_type: &'static str,
    /// The bind's type; empty when the type says nothing.
    pub(super) data_type: &'static str,
    /// Further attributes of the bind.
    pub(super) bind: &'static [(&'static str, &'static str)],
    pub(super) hint: &'static str,
}

const fn asked(name: &'static str, control: &'static str, data_type: &'static str) -> QuestionType {
    QuestionType {
        name,
        control,
        media_type: "",
        data_type,
        bind: &[],
        hint: "",
    }
}

const fn upload(name: &'static str, media_type: &'static str) -> QuestionType {
    QuestionType {
        name,
        control: "upload",
        media_type,
        data_type: "binary",
        bind: &[],
        hint: "",
    }
}

const fn bound(
    name: &'static str,
    control: &'static str,
    data_type: &'static str,
    bind: &'static [(&'static str, &'static str)],
) -> QuestionType {
    QuestionType {
        name,
        control,
        media_type: "",
        data_type,
        bind,
        hint: "",
    }
}

const READ_ONLY: &[(&str, &str)] = &[("readonly", "true()")];

macro_rules! preload {
    ($name:literal, $data_type:literal, $preload:literal, $parameters:literal) => {
        bound(
            $name,
            "",
            $data_type,
            &[("jr:preload", $preload), ("jr:preloadParams", $parameters)],
        )
    };
}

/// Every type with its own meaning, then the hints that a few old types bring along.
pub(super) const TYPES: &[QuestionType] = &[
    asked("text", "input", "string"),
    asked("integer", "input", "int"),
    asked("decimal", "input", "decimal"),
    asked("range", "range", "int"),
    asked("date", "input", "date"),
    asked("time", "input", "time"),
    asked("dateTime", "input", "dateTime"),
    asked("select one", "select1", "string"),
    asked("select all that apply", "select", "string"),
    asked("select one external", "input", "string"),
    asked("rank", "odk:rank", "odk:rank"),
    bound("note", "input", "string", READ_ONLY),
    asked("calculate", "", "string"),
    asked("hidden", "", "string"),
    asked("acknowledge", "trigger", "string"),
    asked("trigger", "trigger", ""),
    asked("geopoint", "input", "geopoint"),
    asked("geotrace", "input", "geotrace"),
    asked("geoshape", "input", "geoshape"),
    asked("start-geopoint", "action", "geopoint"),
    asked("background-geopoint", "trigger", "geopoint"),
    asked("barcode", "input", "barcode"),
    upload("photo", "image/*"),
    upload("audio", "audio/*"),
    asked("background-audio", "action", "binary"),
    upload("video", "video/*"),
    upload("file", "application/*"),
    upload("osm", "osm/*"),
    asked("audit", "", "binary"),
    preload!("start", "dateTime", "timestamp", "start"),
    preload!("end", "dateTime", "timestamp", "end"),
    preload!("today", "date", "date", "today"),
    preload!("deviceid", "string", "property", "deviceid"),
    preload!("subscriberid", "string", "property", "subscriberid"),
    preload!("simserial", "string", "property", "simserial"),
    preload!("phonenumber", "string", "property", "phonenumber"),
    preload!("username", "string", "property", "username"),
    preload!("email", "string", "property", "email"),
    preload!("uri:deviceid", "string", "property", "uri:deviceid"),
    preload!("uri:subscriberid", "string", "property", "uri:subscriberid"),
    preload!("uri:simserial", "string", "property", "uri:simserial"),
    preload!("uri:phonenumber", "string", "property", "uri:phonenumber"),
    preload!("uri:username", "string", "property", "uri:username"),
    preload!("uri:email", "string", "property", "uri:email"),
    bound(
        "percentage",
        "input",
        "int",
        &[("constraint", "0 <= . and . <= 100")],
    ),
    QuestionType {
        name: "phone number",
        control: "input",
        media_type: "",
        data_type: "string",
        bind: &[("constraint", r"regex(., '^\d*$')")],
        hint: "Enter numbers only.",
    },
    QuestionType {
        name: "number of days in last month",
        control: "input",
        media_type: "",
        data_type: "int",
        bind: &[("constraint", "0 <= . and . <= 31")],
        hint: "Enter a number 0-31.",
    },
    QuestionType {
        name: "number of days in last six months",
        control: "input",
        media_type: "",
        data_type: "int",
        bind: &[("constraint", "0 <= . and . <= 183")],
        hint: "Enter a number 0-183.",
    },
    QuestionType {
        name: "number of days in last year",
        control: "input",
        media_type: "",
        data_type: "int",
        bind: &[("constraint", "0 <= . and . <= 365")],
        hint: "Enter a number 0-365.",
    },
];

/// Other names under which the types above are written.
const ALIASES: &[(&str, &str)] = &[
    ("image", "photo"),
    ("imei", "deviceid"),
    ("string", "text"),
    ("int", "integer"),
    ("datetime", "dateTime"),
    ("date time", "dateTime"),
    ("gps", "geopoint"),
    ("location", "geopoint"),
    ("device id", "deviceid"),
    ("sim id", "simserial"),
    ("start time", "start"),
    ("end time", "end"),
    ("get start time", "start"),
    ("get end time", "end"),
    ("get today", "today"),
    ("get device id", "deviceid"),
    ("get sim id", "simserial"),
    ("subscriber id", "subscriberid"),
    ("get subscriber id", "subscriberid"),
    ("get phone number", "phonenumber"),
    ("q picture", "photo"),
    ("q image", "photo"),
    ("add image prompt", "photo"),
    ("add photo prompt", "photo"),
    ("q audio", "audio"),
    ("add audio prompt", "audio"),
    ("q video", "video"),
    ("add video prompt", "video"),
    ("add file prompt", "file"),
    ("add date time prompt", "dateTime"),
    ("add dateTime prompt", "dateTime"),
    ("q date time", "dateTime"),
    ("q dateTime", "dateTime"),
    ("add date prompt", "date"),
    ("q date", "date"),
    ("add note prompt", "note"),
    ("q note", "note"),
    ("q string", "text"),
    ("add text prompt", "text"),
    ("q int", "integer"),
    ("add integer prompt", "integer"),
    ("q decimal", "decimal"),
    ("add decimal prompt", "decimal"),
    ("q location", "geopoint"),
    ("q geopoint", "geopoint"),
    ("add location prompt", "geopoint"),
    ("q geoshape", "geoshape"),
    ("q geotrace", "geotrace"),
    ("q barcode", "barcode"),
    ("add barcode prompt", "barcode"),
    ("q acknowledge", "acknowledge"),
    ("add acknowledge prompt", "acknowledge"),
    ("q calculate", "calculate"),
    ("add calculate prompt", "calculate"),
];

/// The type of that name.
pub(super) fn question_type(name: &str) -> Option<&'static QuestionType> {
    let name = ALIASES
        .iter()
        .find(|(other, _)| *other == name)
        .map_or(name, |(_, name)| *name);
    TYPES.iter().find(|known| known.name == name)
}

/// Where the choices of a select come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    Choices,
    File,
    External,
}

/// Commands that are followed by the name of a list. Longer ones first, as one may begin another.
const SELECTS: &[(&str, &str, Source)] = &[
    (
        "add select multiple prompt using",
        "select all that apply",
        Source::Choices,
    ),
    ("add select one prompt using", "select one", Source::Choices),
    (
        "select all that apply from",
        "select all that apply",
        Source::Choices,
    ),
    ("select multiple from file", "select all that apply", Source::File),
    ("select_multiple_from_file", "select all that apply", Source::File),
    ("select one from file", "select one", Source::File),
    ("select_one_from_file", "select one", Source::File),
    ("select_one_external", "select one external", Source::External),
    ("select all that apply", "select all that apply", Source::Choices),
    ("select one from", "select one", Source::Choices),
    ("select_multiple", "select all that apply", Source::Choices),
    ("select_one", "select one", Source::Choices),
    ("select one", "select one", Source::Choices),
    ("select1", "select one", Source::Choices),
    ("rank", "rank", Source::Choices),
];

/// What a row's type column says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum RowType<'a> {
    Begin(Container, Option<&'a str>),
    End(Container),
    Select {
        question_type: &'static QuestionType,
        source: Source,
        list: &'a str,
        or_other: bool,
        command: &'a str,
    },
    /// A select command without its list.
    SelectWithoutList,
    Osm(Option<&'a str>),
    ExternalData(&'static str),
    /// A setting on the survey sheet, as old forms have it.
    Setting(&'static str),
    Question(&'static QuestionType),
    Unknown,
}

/// What rows can be put into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Container {
    Group,
    Repeat,
    Loop,
}

impl Container {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Group => "group",
            Self::Repeat => "repeat",
            Self::Loop => "loop",
        }
    }
}

fn container(word: &str) -> Option<Container> {
    match word {
        "group" => Some(Container::Group),
        "repeat" | "lgroup" | "looped group" => Some(Container::Repeat),
        "loop" => Some(Container::Loop),
        _ => None,
    }
}

/// Reads the type column.
pub(super) fn row_type(text: &str) -> RowType<'_> {
    let after = |word: &str| {
        text.strip_prefix(word)
            .and_then(|rest| rest.strip_prefix([' ', '_']))
    };
    if let Some(rest) = after("begin") {
        if let Some(kind) = container(rest) {
            return RowType::Begin(kind, None);
        }
        if let Some((word, list)) = rest.split_once(' ')
            && let Some(kind) = container(word)
        {
            let list = list.strip_prefix("over ").unwrap_or(list);
            if !list.contains(char::is_whitespace) {
                return RowType::Begin(kind, Some(list));
            }
        }
    }
    if let Some(kind) = after("end").and_then(container) {
        return RowType::End(kind);
    }
    if let Some(select) = select(text) {
        return select;
    }
    if text == "osm" {
        return RowType::Osm(None);
    }
    if let Some(list) = text.strip_prefix("osm ") {
        return RowType::Osm(list.split_whitespace().next());
    }
    match text {
        "xml-external" => RowType::ExternalData("xml"),
        "csv-external" => RowType::ExternalData("csv"),
        "form_title" | "set_form_title" => RowType::Setting("title"),
        "form_id" | "set_form_id" => RowType::Setting("id_string"),
        _ => question_type(text).map_or(RowType::Unknown, RowType::Question),
    }
}

fn select(text: &str) -> Option<RowType<'_>> {
    for (command, name, source) in SELECTS {
        if text == *command {
            return Some(RowType::SelectWithoutList);
        }
        let Some(rest) = text.strip_prefix(command).and_then(|rest| rest.strip_prefix(' ')) else {
            continue;
        };
        let (list, other) = rest.split_once(' ').unwrap_or((rest, ""));
        let or_other = match other {
            "" => false,
            "or_other" | "or other" | "or specify other" => true,
            _ => continue,
        };
        let question_type = question_type(name)?;
        return Some(RowType::Select {
            question_type,
            source: *source,
            list,
            or_other,
            command,
        });
    }
    None
}

/// What people would write in the type column, to suggest one.
pub(super) fn suggestions() -> impl Iterator<Item = &'static str> {
    const WRITTEN: [&str; 12] = [
        "image",
        "begin group",
        "end group",
        "begin repeat",
        "end repeat",
        "select_one",
        "select_multiple",
        "select_one_from_file",
        "select_multiple_from_file",
        "xml-external",
        "csv-external",
        "begin loop",
    ];
    WRITTEN.into_iter().chain(TYPES.iter().map(|known| known.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_type_column() {
        assert_eq!(row_type("begin_repeat"), RowType::Begin(Container::Repeat, None));
        assert_eq!(
            row_type("begin loop over a"),
            RowType::Begin(Container::Loop, Some("a"))
        );
        assert_eq!(row_type("end looped group"), RowType::End(Container::Repeat));
        assert!(matches!(
            row_type("select_one a or_other"),
            RowType::Select {
                list: "a",
                or_other: true,
                ..
            }
        ));
        assert!(matches!(
            row_type("select one from file a.csv"),
            RowType::Select {
                source: Source::File,
                list: "a.csv",
                ..
            }
        ));
        assert_eq!(row_type("select_one"), RowType::SelectWithoutList);
        assert_eq!(
            row_type("integer"),
            RowType::Question(question_type("int").unwrap())
        );
        assert_eq!(row_type("intger"), RowType::Unknown);
    }
}
