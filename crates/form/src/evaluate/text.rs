//! Functions of text, dates and nodes.

use std::borrow::Cow;
use std::ops::Range;

use super::call::Arguments;
use super::number::{is_space, leading_integer, round_half_up};
use super::{Dated, Dialect, Evaluator, Moment, Result, Value, digest, fail, random};
use crate::expression::{Cause, Function};

impl<'a> Evaluator<'a> {
    pub(super) fn texts(&self, function: Function, arguments: &Arguments<'_, 'a>) -> Result<Value<'a>> {
        let text = match function {
            Function::String => arguments.value_or_node(0)?.into_text(self.around),
            Function::Concat if self.dialect == Dialect::Odk => Cow::Owned(arguments.joined(0, "")?),
            Function::Concat => Cow::Owned(
                (0..arguments.len())
                    .map(|index| arguments.text(index))
                    .collect::<Result<String>>()?,
            ),
            Function::Coalesce => {
                let first = arguments.text(0)?;
                if first.is_empty() {
                    arguments.text(1)?
                } else {
                    first
                }
            }
            Function::Join => Cow::Owned(arguments.joined(1, &arguments.text(0)?)?),
            Function::NormalizeSpace => {
                Cow::Owned(normalized(&arguments.value_or_node(0)?.to_text(self.around)))
            }
            Function::Substring => Cow::Owned(substring(arguments)?),
            Function::Substr => substr(arguments)?,
            Function::SubstringBefore => {
                let text = arguments.text(0)?;
                let end = text.find(&*arguments.text(1)?);
                part_of(text, 0..end.unwrap_or_default())
            }
            Function::SubstringAfter => {
                let (text, before) = (arguments.text(0)?, arguments.text(1)?);
                let (start, end) = (text.find(&*before).map(|at| at + before.len()), text.len());
                part_of(text, start.unwrap_or(end)..end)
            }
            Function::Translate => {
                let (text, from, to) = (arguments.text(0)?, arguments.text(1)?, arguments.text(2)?);
                Cow::Owned(translate(&text, &from, &to))
            }
            Function::SelectedAt => Cow::Owned(Self::selected_at(arguments)?),
            Function::Digest => Cow::Owned(digest::digest(arguments)?),
            Function::Base64Decode => Cow::Owned(digest::decoded(&arguments.text(0)?)),
            Function::Uuid => Cow::Owned(self.uuid(arguments)?),
            Function::FormatDate | Function::FormatDateTime => {
                let moment = Moment::parse(&arguments.text(0)?, *self.around.now().offset());
                let format = arguments.text(1)?;
                let text = moment.map(|moment| moment.formatted(&format, self.around.language()));
                Cow::Owned(text.unwrap_or_default())
            }
            Function::Once => {
                let own = self.value_of(arguments.focus().node);
                if own.is_empty() { arguments.text(0)? } else { own }
            }
            _ => return self.dates(function, arguments),
        };
        Ok(Value::Text(text))
    }

    #[expect(clippy::cast_precision_loss, reason = "lengths are far below 2^53")]
    fn dates(&self, function: Function, arguments: &Arguments<'_, 'a>) -> Result<Value<'a>> {
        let number = match function {
            Function::Now => return Ok(dated(Some(Moment::at(self.around.now())))),
            Function::Today => return Ok(dated(Moment::today(self.around.now()))),
            Function::Date | Function::DateTime => return self.date(arguments),
            Function::DecimalDateTime => self.moment(&arguments.value(0)?).map_or(f64::NAN, Moment::days),
            Function::DecimalTime => {
                let text = format!("1970-01-01T{}", arguments.text(0)?);
                let is_time = text.as_bytes().get(13) == Some(&b':');
                let moment = Moment::parse(&text, *self.around.now().offset()).filter(|_| is_time);
                moment.map_or(f64::NAN, Moment::day_fraction)
            }
            Function::StringLength => arguments.value_or_node(0)?.to_text(self.around).chars().count() as f64,
            Function::CountSelected => {
                let text = arguments.text(0)?;
                words(&text).count() as f64
            }
            _ => return self.of_nodes(function, arguments),
        };
        Ok(Value::Number(number))
    }

    fn moment(&self, value: &Value<'_>) -> Option<Moment> {
        let zone = *self.around.now().offset();
        match value {
            Value::Number(days) => Moment::after_days(*days, zone),
            Value::Dated(date) => Moment::after_days(date.days(), zone),
            Value::Boolean(_) => None,
            value => Moment::parse(&value.to_text(self.around), zone),
        }
    }

    /// `date()`: days become dates, texts become dates also where month or day lack a zero.
    fn date(&self, arguments: &Arguments<'_, 'a>) -> Result<Value<'a>> {
        let value = arguments.value(0)?;
        if matches!(value, Value::Boolean(_)) {
            return Ok(Value::Text(Cow::Borrowed("")));
        }
        if matches!(value, Value::Text(_) | Value::Nodes(_)) {
            let text = value.into_text(self.around);
            if text.is_empty() {
                return Ok(Value::Text(text));
            }
            let padded = Value::Text(padded_date(&text).map_or(text, Cow::Owned));
            return Ok(dated(self.moment(&padded)));
        }
        Ok(dated(self.moment(&value)))
    }

    pub(super) fn regex(&self, arguments: &Arguments<'_, 'a>) -> Result<bool> {
        let (text, pattern) = (arguments.text(0)?, arguments.text(1)?);
        let compiled = self.around.kept().patterns.compiled(&pattern);
        match compiled {
            Some(compiled) => Ok(compiled.is_match(&text)),
            None => Err(fail(arguments.span, Cause::Pattern(pattern.into_owned()))),
        }
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "bounded just before"
    )]
    fn uuid(&self, arguments: &Arguments<'_, 'a>) -> Result<String> {
        let draw = || random::uuid(self.around.chance(), self.around.chance());
        if arguments.len() == 0 {
            return Ok(draw());
        }
        let length = arguments.number(0)?;
        if !(0.0..=1_000.0).contains(&length) {
            return Err(fail(
                arguments.span,
                Cause::Unsupported {
                    name: "uuid",
                    value: arguments.text(0)?.into_owned(),
                },
            ));
        }
        let length = length as usize;
        let mut text = String::new();
        while text.len() < length {
            text.push_str(&draw());
        }
        text.truncate(length);
        Ok(text)
    }
}

fn dated<'a>(moment: Option<Moment>) -> Value<'a> {
    Value::Dated(Dated::of(moment))
}

/// `2026-1-5` as `2026-01-05`.
fn padded_date(text: &str) -> Option<String> {
    let (date, rest) = match text.split_once('T') {
        Some((date, rest)) => (date, Some(rest)),
        None => (text, None),
    };
    let mut parts = date.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let is_number =
        |part: &str| (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    if parts.next().is_some() || year.len() != 4 || !is_number(month) || !is_number(day) {
        return None;
    }
    let date = format!("{year}-{month:0>2}-{day:0>2}");
    Some(rest.map_or_else(|| date.clone(), |rest| format!("{date}T{rest}")))
}

pub(super) fn normalized(text: &str) -> String {
    let words: Vec<&str> = words(text).collect();
    words.join(" ")
}

/// What stands between white space.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(is_space).filter(|word| !word.is_empty())
}

/// A piece of a text, lent as the whole is.
fn part_of(text: Cow<'_, str>, range: Range<usize>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.get(range).unwrap_or_default()),
        Cow::Owned(text) => Cow::Owned(text.get(range).unwrap_or_default().to_owned()),
    }
}

/// XPath 1.0 §4.2: the characters whose position, from 1, is at least the start and below start plus length.
#[expect(clippy::cast_precision_loss, reason = "lengths are far below 2^53")]
fn substring(arguments: &Arguments<'_, '_>) -> Result<String> {
    let text = arguments.text(0)?;
    let start = round_half_up(arguments.number(1)?);
    let end = if arguments.len() > 2 {
        start + round_half_up(arguments.number(2)?)
    } else {
        f64::INFINITY
    };
    let is_in = |index: usize| {
        let position = (index + 1) as f64;
        position >= start && position < end
    };
    let letters = text.chars().enumerate().filter(|(index, _)| is_in(*index));
    Ok(letters.map(|(_, letter)| letter).collect())
}

/// ODK's `substr`: from 0, negative ones count from the end.
#[expect(clippy::cast_possible_truncation, reason = "bounded just before")]
fn substr<'a>(arguments: &Arguments<'_, 'a>) -> Result<Cow<'a, str>> {
    let text = arguments.text(0)?;
    let is_ascii = text.is_ascii();
    let length = if is_ascii {
        text.len()
    } else {
        text.chars().count()
    };
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    let place = |index: usize| -> Result<Option<usize>> {
        let place = match arguments.value(index)? {
            // What is a whole number already need not become text first.
            Value::Number(number) if number.fract() == 0.0 && number.abs() < 1e9 => Some(number as i64),
            value => leading_integer(&value.to_text(arguments.around())),
        };
        let place = place.map(|place| {
            if place < 0 {
                (place + length).max(0)
            } else {
                place.min(length)
            }
        });
        Ok(place.map(|place| usize::try_from(place).unwrap_or(0)))
    };
    let start = place(1)?.unwrap_or(0);
    let end = if arguments.len() > 2 {
        place(2)?.unwrap_or(0)
    } else {
        usize::try_from(length).unwrap_or(0)
    };
    let byte = |letter: usize| {
        if is_ascii {
            return letter;
        }
        let mut places = text.char_indices().map(|(byte, _)| byte);
        places.nth(letter).unwrap_or(text.len())
    };
    let range = byte(start)..byte(end);
    Ok(part_of(text, range))
}

fn translate(text: &str, from: &str, to: &str) -> String {
    let to: Vec<char> = to.chars().collect();
    let replaced = |letter: char| match from.chars().position(|found| found == letter) {
        None => Some(letter),
        Some(index) => to.get(index).copied(),
    };
    text.chars().filter_map(replaced).collect()
}
