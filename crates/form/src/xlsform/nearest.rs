//! Which known name is nearest to an unknown one.

/// Edit distance between `left` and `right` when it is at most `limit`; neighbouring letters that changed places count once.
pub(super) fn distance(left: &str, right: &str, limit: usize) -> Option<usize> {
    // Names are short; anything else is not a misspelt name, and the table below must stay small.
    const LONGEST: usize = 64;
    let left: Vec<char> = left.chars().take(LONGEST + 1).collect();
    let right: Vec<char> = right.chars().take(LONGEST + 1).collect();
    if left.len() > LONGEST || right.len() > LONGEST || left.len().abs_diff(right.len()) > limit {
        return None;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=right.len()).collect();
    for (row, left_char) in left.iter().enumerate() {
        let mut current = vec![row + 1];
        for (column, right_char) in right.iter().enumerate() {
            let get = |line: &[usize], at: usize| line.get(at).copied().unwrap_or(usize::MAX / 2);
            let substituted = get(&above, column) + usize::from(left_char != right_char);
            let mut least = substituted
                .min(get(&above, column + 1) + 1)
                .min(get(&current, column) + 1);
            let swapped = row > 0
                && column > 0
                && left.get(row - 1) == Some(right_char)
                && right.get(column - 1) == Some(left_char);
            if swapped {
                least = least.min(get(&before, column - 1) + 1);
            }
            current.push(least);
        }
        before = std::mem::replace(&mut above, current);
    }
    above.last().copied().filter(|found| *found <= limit)
}

/// The candidate nearest to `name`, if one is near enough to be meant.
pub(super) fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let name = name.to_lowercase();
    let length = name.chars().count();
    // Two letters of a short name are half of it.
    let limit = match length {
        0 => return None,
        1..=3 => 1,
        4..=7 => 2,
        _ => 3,
    };
    candidates
        .into_iter()
        .filter_map(|candidate| {
            let found = distance(&name, &candidate.to_lowercase(), limit)?;
            (found < length).then_some((found, candidate))
        })
        .min_by_key(|(found, _)| *found)
        .map(|(_, candidate)| candidate.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_meant() {
        assert_eq!(
            nearest("intger", ["text", "integer", "decimal"]).as_deref(),
            Some("integer")
        );
        assert_eq!(
            nearest("relevnat", ["relevant", "required"]).as_deref(),
            Some("relevant")
        );
        assert_eq!(nearest("完全不同", ["text", "integer"]), None);
        assert_eq!(distance("ab", "ba", 2), Some(1));
        assert_eq!(distance("kitten", "sitting", 3), Some(3));
        assert_eq!(distance("kitten", "sitting", 2), None);
    }
}
