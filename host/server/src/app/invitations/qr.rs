//! An invitation's link as a QR code, SVG or PNG (R14).
//!
//! The host keeps a link's hash alone, so whoever wants its QR code sends the link: the host draws no link but
//! the invitation's own. Must not know how a picture travels.

use qrcode::types::{Color, QrError};
use qrcode::{EcLevel, QrCode, render::svg};
use usher_domain::ids::InvitationId;
use usher_domain::invitation::Invitation;

use super::create::check_console;
use super::{InviteError, get, reached};
use crate::app::actor::{By, Inviting, Managing};
use crate::app::handle::Handle;
use crate::app::{App, inviting, organisations, plans};
use crate::public_url::secret_in;

/// Longest link that is drawn: more bytes make modules too small for a phone held at a poster.
pub const MAX_LINK_BYTES: usize = 300;
/// Blank modules around the code (ISO/IEC 18004, 5.3.8).
const QUIET_ZONE: usize = 4;
/// Height of a module of the PNG, in pixels; as wide, because a byte of the picture is eight pixels.
const MODULE_PIXELS: usize = 8;
/// A module of the PNG, one bit for each pixel.
const LIGHT: u8 = 0xff;
const DARK: u8 = 0x00;

/// The QR code of a link.
pub struct Qr(QrCode);

/// Draws the link of an invitation: this host's, by which it is known that somebody scanned it (R33), or that of a page
/// elsewhere which ends in the secret behind `/`, `#` or `=`.
pub async fn draw(app: &App, by: &By<Managing>, id: InvitationId, link: &str) -> Result<Qr, InviteError> {
    of_invitation(app, &reached(by, id).await?.record.0, link)
}

/// [`draw`], by whoever holds the link and may invite (R3, R4): they could share it as it is.
pub async fn draw_to_share(app: &App, by: &By<Inviting>, id: InvitationId, link: &str) -> Result<Qr, InviteError> {
    // Nothing is committed that could be refused.
    inviting::guard_may(by, &mut by.scope.writes()).await?;
    let today = organisations::current(by).await?.record.0.today(by.call.at);
    check_console(by, &plans::current(&by.scope).await?.record.plans, today)?;
    of_invitation(app, &get(&by.scope, id).await?.record.0, link)
}

fn of_invitation(app: &App, invitation: &Invitation, link: &str) -> Result<Qr, InviteError> {
    let secret = secret_in(link);
    if Handle::hash_of(secret) != invitation.link_hash {
        return Err(InviteError::OtherLink);
    }
    let own = secret == link || link == app.public_url.invitation(secret);
    if own { Qr::of(&app.public_url.scanned(secret)) } else { Qr::of(link) }
}

impl Qr {
    fn of(link: &str) -> Result<Qr, InviteError> {
        if link.len() > MAX_LINK_BYTES {
            return Err(InviteError::LinkTooLong);
        }
        // Level M: a seventh of it may be covered or torn off.
        let code = QrCode::with_error_correction_level(link, EcLevel::M);
        code.map(Qr).map_err(|_: QrError| InviteError::LinkTooLong)
    }

    /// As SVG, which scales to any size.
    pub fn svg(&self) -> String {
        self.0.render::<svg::Color<'_>>().min_dimensions(256, 256).build()
    }

    /// As a black and white PNG.
    pub fn png(&self) -> Result<Vec<u8>, png::EncodingError> {
        let width = self.0.width() + 2 * QUIET_ZONE;
        let pixels = u32::try_from(width * MODULE_PIXELS).unwrap_or(u32::MAX);
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, pixels, pixels);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::One);
        encoder.write_header()?.write_image_data(&self.rows(width))?;
        Ok(file)
    }

    fn rows(&self, width: usize) -> Vec<u8> {
        let blank = vec![LIGHT; width];
        let margin = || std::iter::repeat_n(blank.clone(), QUIET_ZONE);
        let colors = self.0.to_colors();
        let rows = colors.chunks(self.0.width()).map(|row| {
            let modules = row.iter().map(|color| if *color == Color::Dark { DARK } else { LIGHT });
            let blank = || std::iter::repeat_n(LIGHT, QUIET_ZONE);
            blank().chain(modules).chain(blank()).collect::<Vec<u8>>()
        });
        margin().chain(rows).chain(margin()).flat_map(|row| row.repeat(MODULE_PIXELS)).collect()
    }
}
