//! Country codes of phone numbers, as ITU-T E.164 assigns them.
//!
//! Owns which there are. Must not know what a number looks like behind its code.

/// Every code that countries, shared areas and satellite networks have, none the beginning of another. Codes of
/// services (`800`, `808`, `979`) are left out: nobody gets a text message there.
const ASSIGNED: &[&str] = &[
    "1", "20", "211", "212", "213", "216", "218", "220", "221", "222", "223", "224", "225", "226", "227", "228", "229",
    "230", "231", "232", "233", "234", "235", "236", "237", "238", "239", "240", "241", "242", "243", "244", "245",
    "246", "247", "248", "249", "250", "251", "252", "253", "254", "255", "256", "257", "258", "260", "261", "262",
    "263", "264", "265", "266", "267", "268", "269", "27", "290", "291", "297", "298", "299", "30", "31", "32", "33",
    "34", "350", "351", "352", "353", "354", "355", "356", "357", "358", "359", "36", "370", "371", "372", "373",
    "374", "375", "376", "377", "378", "379", "380", "381", "382", "383", "385", "386", "387", "389", "39", "40", "41",
    "420", "421", "423", "43", "44", "45", "46", "47", "48", "49", "500", "501", "502", "503", "504", "505", "506",
    "507", "508", "509", "51", "52", "53", "54", "55", "56", "57", "58", "590", "591", "592", "593", "594", "595",
    "596", "597", "598", "599", "60", "61", "62", "63", "64", "65", "66", "670", "672", "673", "674", "675", "676",
    "677", "678", "679", "680", "681", "682", "683", "685", "686", "687", "688", "689", "690", "691", "692", "7", "81",
    "82", "84", "850", "852", "853", "855", "856", "86", "870", "878", "880", "881", "882", "883", "886", "90", "91",
    "92", "93", "94", "95", "960", "961", "962", "963", "964", "965", "966", "967", "968", "970", "971", "972", "973",
    "974", "975", "976", "977", "98", "992", "993", "994", "995", "996", "998",
];

/// Most digits of a country code.
const MAX_DIGITS: usize = 3;

/// Whether digits begin with a country code that there is.
pub(super) fn is_assigned(digits: &str) -> bool {
    let mut starts = (1..=MAX_DIGITS).filter_map(|length| digits.get(..length));
    starts.any(|start| ASSIGNED.binary_search(&start).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r34_no_country_code_begins_another() {
        assert!(ASSIGNED.is_sorted());
        for pair in ASSIGNED.windows(2) {
            assert!(!pair[1].starts_with(pair[0]), "{pair:?}");
        }
    }

    #[test]
    fn r34_country_codes_are_those_that_there_are() {
        let check = |digits: &str, expected: bool| assert_eq!(is_assigned(digits), expected, "{digits}");
        check("4915112345678", true);
        check("12125550100", true);
        check("35312345678", true);
        check("88212345678", true);
        check("99912345678", false);
        check("21012345678", false);
        check("80012345678", false);
        check("97912345678", false);
        check("3", false);
    }
}
