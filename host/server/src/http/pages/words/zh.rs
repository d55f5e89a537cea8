//! Pages in Chinese, in simplified characters.

use super::{Phrase, Trouble};

pub(super) fn say(phrase: &Phrase<'_>) -> String {
    match *phrase {
        Phrase::RequestTitle { organisation } => format!("加入 {organisation} 的申请"),
        Phrase::Wants { name, organisation } => format!("{name} 申请加入 {organisation}。"),
        Phrase::Name => "姓名".to_owned(),
        Phrase::Email => "邮箱".to_owned(),
        Phrase::Phone => "电话".to_owned(),
        Phrase::AskedOn => "申请日期".to_owned(),
        Phrase::RequestId => "申请编号".to_owned(),
        Phrase::Approve => "批准".to_owned(),
        Phrase::Reject => "拒绝".to_owned(),
        Phrase::YoursUntil { until } => format!("此页面仅供您本人使用：打开它的人将以您的名义答复。有效期至 {until}。"),
        Phrase::Approved { name } => format!("申请已批准：{name} 已成为成员。"),
        Phrase::Rejected { name } => format!("{name} 的申请已被拒绝。"),
        Phrase::WaitsNoMore => "此申请已不再等待答复。".to_owned(),
        Phrase::WelcomeTitle { organisation } => format!("{organisation} 已添加您"),
        Phrase::AddedYou { name, organisation } => format!("{name}，您好：{organisation} 已将您添加为成员。您接受吗？"),
        Phrase::Accept => "接受".to_owned(),
        Phrase::Decline => "拒绝".to_owned(),
        Phrase::DecliningForgets { organisation } => format!("如果您拒绝，{organisation} 录入的有关您的信息将被删除。"),
        Phrase::MemberOf { organisation } => format!("您是 {organisation} 的成员"),
        Phrase::LogInBy { login } => format!("请使用 {login} 登录。"),
        Phrase::DeclinedTitle => "您已拒绝".to_owned(),
        Phrase::Declined { organisation } => format!("{organisation} 录入的有关您的信息已被删除。"),
        Phrase::JoinTitle { organisation } => format!("加入 {organisation}"),
        Phrase::Invited { organisation } => {
            format!("{organisation} 邀请您加入。请填写姓名以及邮箱或手机号；我们会向其发送验证码，以确认属于您本人。")
        }
        Phrase::YourName => "您的姓名".to_owned(),
        Phrase::YourContact => "您的邮箱或手机号，例如 +4915112345678".to_owned(),
        Phrase::SendCode => "发送验证码".to_owned(),
        Phrase::CodeSent { contact } => format!("验证码已发送至 {contact}，十分钟内有效。"),
        Phrase::Code => "验证码".to_owned(),
        Phrase::WrongCode => "这不是所发送的验证码，请再核对一次。".to_owned(),
        Phrase::Join => "加入".to_owned(),
        Phrase::Joined { organisation } => format!("您现在是 {organisation} 的成员。"),
        Phrase::Pending { organisation } => format!("您的申请正在等待批准。{organisation} 的答复会通知您。"),
        Phrase::Refused { organisation } => format!("{organisation} 未同意您加入。"),
        Phrase::NowhereTitle => "此链接无效".to_owned(),
        Phrase::Nowhere => "它可能已过期或已被撤回。请向发送者索取新的链接。".to_owned(),
        Phrase::NotDone => "操作未能完成".to_owned(),
    }
}

pub(super) fn tell(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::InvitationEnded => "邀请已过期或已被撤回。请向发送者索取新的邀请。",
        Trouble::InvitationFull => "邀请的使用次数已满。请向发送者索取新的邀请。",
        Trouble::OtherDomain => "此邀请仅限某个域名的邮箱地址，例如公司的域名。请填写您在该域名下的地址。",
        Trouble::OtherPerson => "此邀请是发给他人的。请填写收到邀请的邮箱或电话。",
        Trouble::MoreToProve => "需要先用验证码证明另一个邮箱或电话。请用它重新开始。",
        Trouble::CodeTooOld => "验证码已过期。请重新开始，我们会发送新的验证码。",
        Trouble::TriedTooOften => "验证码错误次数过多。请重新开始，我们会发送新的验证码。",
        Trouble::TooMuch => "短时间内请求过多。请稍候再试。",
        Trouble::RequestEnded => "此申请等待时间过长，已失效。",
        Trouble::Answered => "此申请已得到答复。",
        Trouble::SingleSignOn => "加入此组织须通过其单点登录。请在那里登录。",
        Trouble::MemberAlready => "使用此邮箱或电话的人已经是成员。",
        Trouble::NoRoom => "此组织目前无法再接纳新成员。",
        Trouble::Authority => "此邀请赋予的角色您无权授予。请交由主管理员答复。",
        Trouble::NotYours => "您已无权答复申请。",
        Trouble::Typed => "无法接受填写的内容。请检查姓名以及邮箱或电话。",
        Trouble::NotPossible => "此操作无法进行，或已无法进行。",
        Trouble::Host => "我们这边出了点问题。请一分钟后再试。",
    }
}
