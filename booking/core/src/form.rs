//! How a meeting is held.

use serde::{Deserialize, Serialize};

/// How a meeting is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// In a room of this office's virtual rooms, by a link.
    Video,
    /// At the office, at a desk.
    InPerson,
    /// The official calls the citizen.
    Phone,
}

impl Form {
    pub const ALL: [Self; 3] = [Self::Video, Self::InPerson, Self::Phone];

    /// As on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Video => "video",
            Self::InPerson => "in_person",
            Self::Phone => "phone",
        }
    }

    /// The inverse of [`Form::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.as_str() == text)
    }
}

/// A set of forms; on the wire an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(from = "Vec<Form>", into = "Vec<Form>")]
pub struct Forms(u8);

impl Forms {
    pub const NONE: Self = Self(0);
    pub const ALL: Self = Self(0b111);

    pub fn contains(self, form: Form) -> bool {
        self.0 & (1 << form as u8) != 0
    }

    pub fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub fn with(self, form: Form) -> Self {
        Self(self.0 | 1 << form as u8)
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub fn iter(self) -> impl Iterator<Item = Form> {
        Form::ALL.into_iter().filter(move |&form| self.contains(form))
    }
}

impl FromIterator<Form> for Forms {
    fn from_iter<I: IntoIterator<Item = Form>>(forms: I) -> Self {
        forms.into_iter().fold(Self::NONE, Self::with)
    }
}

impl From<Vec<Form>> for Forms {
    fn from(forms: Vec<Form>) -> Self {
        forms.into_iter().collect()
    }
}

impl From<Forms> for Vec<Form> {
    fn from(forms: Forms) -> Self {
        forms.iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_set_survives_the_wire() {
        for bits in 0..8 {
            let forms = Forms(bits);
            let text = serde_json::to_string(&forms).unwrap();
            assert_eq!(serde_json::from_str::<Forms>(&text).unwrap(), forms, "{text}");
        }
        assert_eq!(
            serde_json::to_string(&Forms::NONE.with(Form::InPerson)).unwrap(),
            r#"["in_person"]"#
        );
        for form in Form::ALL {
            assert_eq!(Form::parse(form.as_str()), Some(form));
            assert_eq!(serde_json::to_value(form).unwrap(), form.as_str());
        }
    }
}
