//! Letters in Chinese, in simplified characters.

use super::Letter;
use super::page::{Words, key, link_to, text};

pub(super) fn words(letter: &Letter<'_>) -> Words {
    match *letter {
        Letter::OneTimeCode { sender, code } => Words {
            subject: format!("您在 {sender} 的验证码"),
            blocks: vec![
                text(format!("您在 {sender} 的验证码：")),
                key(code),
                text("验证码十分钟内有效。"),
                text("如果不是您本人请求的，可能是他人误填了您的地址；没有验证码，什么都不会发生。"),
            ],
            sms: format!("{code} 是您在 {sender} 的验证码，十分钟内有效。"),
        },
        Letter::Invitation { organisation, link, code } => Words {
            subject: format!("{organisation} 邀请您加入"),
            blocks: vec![
                text(format!("{organisation} 邀请您加入。您的链接：")),
                link_to(link),
                text("或输入以下邀请码："),
                key(code),
            ],
            sms: format!("{organisation} 邀请您加入。邀请码：{code}，链接：{link}"),
        },
        Letter::Added { organisation, name, link } => Words {
            subject: format!("{organisation}：您的账号"),
            blocks: vec![
                text(format!("{name}，您好：")),
                text(format!("{organisation} 已将您添加为成员。请在此接受或拒绝：")),
                link_to(link),
                text("随后请使用收到此消息的邮箱或手机号登录。"),
            ],
            sms: format!("{name}，您好：{organisation} 已将您添加为成员。接受或拒绝：{link}"),
        },
        Letter::Reminder { organisation, name, link } => Words {
            subject: format!("{organisation} 期待您的加入"),
            blocks: vec![
                text(format!("{name}，您好：")),
                text(format!("{organisation} 已将您添加为成员，但您尚未加入。请在此接受或拒绝：")),
                link_to(link),
            ],
            sms: format!("{name}，您好：{organisation} 期待您的加入。接受或拒绝：{link}"),
        },
        Letter::RequestWaits { organisation, request, answer } => Words {
            subject: format!("有人申请加入 {organisation}"),
            blocks: vec![
                text(format!("一份加入 {organisation} 的申请正等待您的答复：")),
                key(request),
                text("您专用的答复链接，七天内有效："),
                link_to(answer),
            ],
            sms: format!("一份加入 {organisation} 的申请正等待您的答复：{answer}"),
        },
        Letter::RequestEscalated { organisation, request, answer } => Words {
            subject: format!("{organisation}：一份申请尚未得到答复"),
            blocks: vec![
                text(format!("以下加入 {organisation} 的申请尚无人答复，因此转交给您：")),
                key(request),
                text("您专用的答复链接，七天内有效："),
                link_to(answer),
            ],
            sms: format!("一份加入 {organisation} 的申请尚无人答复：{answer}"),
        },
        Letter::ImportCloses { organisation, import } => Words {
            subject: format!("{organisation}：导入即将关闭"),
            blocks: vec![
                text(format!("您导入 {organisation} 的账户和初始密码最多还可获取两小时，之后将无法再获取：")),
                key(import),
                text("如果您已保存，则无需任何操作。"),
            ],
            sms: format!("您导入 {organisation} 的密码最多还可获取两小时：{import}"),
        },
        Letter::RequestPending { organisation } => Words {
            subject: format!("您加入 {organisation} 的申请正在等待"),
            blocks: vec![text(format!("您加入 {organisation} 的申请正在等待批准。有结果后我们会通知您。"))],
            sms: format!("您加入 {organisation} 的申请正在等待批准。有结果后我们会通知您。"),
        },
        Letter::RequestAnswered { organisation, approved: true } => Words {
            subject: format!("欢迎加入 {organisation}"),
            blocks: vec![text(format!("您的申请已通过，您现在是 {organisation} 的成员。"))],
            sms: format!("您现在是 {organisation} 的成员。"),
        },
        Letter::RequestAnswered { organisation, approved: false } => Words {
            subject: format!("您加入 {organisation} 的申请"),
            blocks: vec![text(format!("您加入 {organisation} 的申请未获通过。"))],
            sms: format!("您加入 {organisation} 的申请未获通过。"),
        },
        Letter::RequestExpired { organisation } => Words {
            subject: format!("您加入 {organisation} 的申请已过期"),
            blocks: vec![text(format!("{organisation} 未能及时答复您的申请，申请已过期。您可以重新申请。"))],
            sms: format!("{organisation} 未能及时答复您的申请，申请已过期。您可以重新申请。"),
        },
    }
}
