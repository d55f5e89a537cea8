//! What stands beside the blank sheet for whoever fills it in (R23), in the organisation's language. Titles of columns
//! are the same in every language: by them a sheet is read.

use usher_domain::department::{PATH, SEVERAL};
use usher_domain::password::MIN_CHARS;

use super::columns::ATTRIBUTE;
use crate::letters::Language;

/// One line each; that on business logins only where there are any.
pub fn instructions(language: Language, business: bool) -> Vec<String> {
    let words = match language {
        Language::English => english(),
        Language::German => german(),
        Language::French => french(),
        Language::Spanish => spanish(),
        Language::Portuguese => portuguese(),
        Language::Chinese => chinese(),
    };
    let Words { rows, departments, reach, logins, business_logins, phone, attributes } = words;
    let business_logins = business.then_some(business_logins);
    let lines =
        [Some(rows), Some(departments), Some(reach), Some(logins), business_logins, Some(phone), Some(attributes)];
    lines.into_iter().flatten().collect()
}

/// Every line there is.
struct Words {
    rows: String,
    departments: String,
    reach: String,
    logins: String,
    business_logins: String,
    phone: String,
    attributes: String,
}

fn english() -> Words {
    Words {
        rows: "One row for each member. Name, Department and Workforce type are needed in every row.".to_owned(),
        departments: format!(
            "Department: the path from the top, as `Sales {PATH} North`; several with `{SEVERAL}` between, the main one \
             first."
        ),
        reach: "Every member needs a work email or a mobile phone; both are better, so that the invitation can arrive."
            .to_owned(),
        logins: "Login method `work`: the work email is needed. `skip` or nothing: whichever address is filled in."
            .to_owned(),
        business_logins: format!(
            "Login method `business`: the business email is needed. Password: at least {MIN_CHARS} characters; one is \
             generated where there is none. It has to be changed at the first login."
        ),
        phone: "Phone: with the country's code, as +4915112345678.".to_owned(),
        attributes: format!("Attributes of your own: further columns with a title as `{ATTRIBUTE} Site`."),
    }
}

fn german() -> Words {
    Words {
        rows: "Eine Zeile je Mitglied. Name, Department und Workforce type werden in jeder Zeile gebraucht.".to_owned(),
        departments: format!(
            "Department: der Pfad von oben, wie `Vertrieb {PATH} Nord`; mehrere mit `{SEVERAL}` dazwischen, die \
             wichtigste zuerst."
        ),
        reach: "Jedes Mitglied braucht eine berufliche E-Mail-Adresse oder ein Mobiltelefon; besser beides, damit die \
                Einladung ankommt."
            .to_owned(),
        logins: "Login method `work`: Work email wird gebraucht. `skip` oder nichts: was ausgefüllt ist, zählt."
            .to_owned(),
        business_logins: format!(
            "Login method `business`: Business email wird gebraucht. Password: mindestens {MIN_CHARS} Zeichen; fehlt es, \
             wird eines erzeugt. Bei der ersten Anmeldung muss es geändert werden."
        ),
        phone: "Phone: mit Landesvorwahl, wie +4915112345678.".to_owned(),
        attributes: format!("Eigene Merkmale: weitere Spalten mit einem Titel wie `{ATTRIBUTE} Standort`."),
    }
}

fn french() -> Words {
    Words {
        rows: "Une ligne par membre. Name, Department et Workforce type sont nécessaires à chaque ligne.".to_owned(),
        departments: format!(
            "Department : le chemin depuis le sommet, comme `Ventes {PATH} Nord` ; plusieurs séparés par `{SEVERAL}`, le \
             principal d'abord."
        ),
        reach:
            "Chaque membre a besoin d'une adresse e-mail professionnelle ou d'un téléphone mobile ; les deux valent \
                mieux, pour que l'invitation arrive."
                .to_owned(),
        logins: "Login method `work` : Work email est nécessaire. `skip` ou rien : l'adresse qui est remplie."
            .to_owned(),
        business_logins: format!(
            "Login method `business` : Business email est nécessaire. Password : au moins {MIN_CHARS} caractères ; sans \
             lui, un mot de passe est généré. Il doit être changé à la première connexion."
        ),
        phone: "Phone : avec l'indicatif du pays, comme +4915112345678.".to_owned(),
        attributes: format!("Vos propres attributs : d'autres colonnes intitulées comme `{ATTRIBUTE} Site`."),
    }
}

fn spanish() -> Words {
    Words {
        rows: "Una fila por miembro. Name, Department y Workforce type son necesarios en cada fila.".to_owned(),
        departments: format!(
            "Department: la ruta desde arriba, como `Ventas {PATH} Norte`; varios separados por `{SEVERAL}`, el principal \
             primero."
        ),
        reach: "Cada miembro necesita un correo de trabajo o un teléfono móvil; mejor ambos, para que llegue la invitación."
            .to_owned(),
        logins: "Login method `work`: Work email es necesario. `skip` o nada: la dirección que esté rellenada.".to_owned(),
        business_logins: format!(
            "Login method `business`: Business email es necesario. Password: al menos {MIN_CHARS} caracteres; si falta, se \
             genera una. Hay que cambiarla en el primer inicio de sesión."
        ),
        phone: "Phone: con el prefijo del país, como +4915112345678.".to_owned(),
        attributes: format!("Atributos propios: más columnas con un título como `{ATTRIBUTE} Sede`."),
    }
}

fn portuguese() -> Words {
    Words {
        rows: "Uma linha por membro. Name, Department e Workforce type são necessários em cada linha.".to_owned(),
        departments: format!(
            "Department: o caminho desde o topo, como `Vendas {PATH} Norte`; vários separados por `{SEVERAL}`, o principal \
             primeiro."
        ),
        reach:
            "Cada membro precisa de um e-mail de trabalho ou de um telemóvel; melhor ambos, para que o convite chegue."
                .to_owned(),
        logins: "Login method `work`: Work email é necessário. `skip` ou nada: o endereço que estiver preenchido."
            .to_owned(),
        business_logins: format!(
            "Login method `business`: Business email é necessário. Password: pelo menos {MIN_CHARS} caracteres; se faltar, \
             é gerada uma. Tem de ser alterada no primeiro início de sessão."
        ),
        phone: "Phone: com o indicativo do país, como +4915112345678.".to_owned(),
        attributes: format!("Atributos próprios: mais colunas com um título como `{ATTRIBUTE} Local`."),
    }
}

fn chinese() -> Words {
    Words {
        rows: "每位成员一行。每行都需要 Name、Department 和 Workforce type。".to_owned(),
        departments: format!(
            "Department：从上到下的路径，如 `销售 {PATH} 北区`；多个之间用 `{SEVERAL}` 分隔，主要的在前。"
        ),
        reach: "每位成员需要工作邮箱或手机号；最好两者都填，以便邀请能送达。".to_owned(),
        logins: "Login method 为 `work`：需要 Work email。`skip` 或留空：以已填写的地址为准。".to_owned(),
        business_logins: format!(
            "Login method 为 `business`：需要 Business email。Password：至少 {MIN_CHARS} 个字符；留空则自动生成。首次登录时必须更改。"
        ),
        phone: "Phone：带国家代码，如 +4915112345678。".to_owned(),
        attributes: format!("自定义属性：添加标题如 `{ATTRIBUTE} Site` 的列。"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::imports::columns::Field;

    #[test]
    fn r23_every_language_names_the_columns_as_they_are_read() {
        let named = [Field::Name, Field::Department, Field::WorkforceType, Field::Login, Field::Phone, Field::Password];
        for language in Language::ALL {
            let (with, without) = (instructions(language, true), instructions(language, false));
            for title in named.map(Field::title) {
                assert!(with.iter().any(|line| line.contains(title)), "{language:?}: {title}");
            }
            assert_eq!(with.len(), without.len() + 1, "{language:?}");
            assert!(!without.iter().any(|line| line.contains("business")), "{language:?}");
        }
    }
}
