//! What the Manager does on a network's own pages before an account can be connected there, in the order of the work, and
//! why. The words of these pages change now and then; the addresses are the networks' own.

use cleansheet_terms::Network;

/// One network's way in.
pub(super) struct Guide {
    /// Where the trust's own app is made, and how; `None` where nobody makes one.
    pub(super) app: Option<AppGuide>,
    /// What has to be so on their side.
    pub(super) needs: &'static [&'static str],
    /// What happens on the network's own page, so that nothing there is a surprise.
    pub(super) there: &'static [&'static str],
    /// How a person takes the permission back on the network itself.
    pub(super) take_back: &'static str,
}

/// How the trust's own app is made.
pub(super) struct AppGuide {
    /// Who runs the page for developers.
    pub(super) whose: &'static str,
    /// That page.
    pub(super) page: &'static str,
    /// What is done before the callback address is asked for.
    pub(super) before: &'static [&'static str],
    /// The name of the field that the callback address goes into.
    pub(super) callback_goes: &'static str,
    /// What is done behind it.
    pub(super) after: &'static [&'static str],
    /// What the network calls the app's public name.
    pub(super) id: &'static str,
    /// What it calls its secret.
    pub(super) secret: &'static str,
}

/// <https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code>
const X: Guide = Guide {
    app: Some(AppGuide {
        whose: "X",
        page: "https://developer.x.com",
        before: &[
            "Sign in there as the trust’s own account, and make a project with one app in it.",
            "Open the app’s user authentication settings.",
            "Choose “Read and write”, and as type “Web app, automated app or bot”.",
        ],
        callback_goes: "Callback URI",
        after: &[
            "Give the trust’s website as the website.",
            "Save. X shows the Client ID, and the Client Secret this one time.",
            "Put a few dollars of credit on the account: X charges for each call.",
        ],
        id: "OAuth 2.0 Client ID",
        secret: "OAuth 2.0 Client Secret",
    }),
    needs: &[
        "You can sign in to X as the trust’s account.",
        "There is credit on the app’s account at X; without it X answers nothing.",
    ],
    there: &[
        "Look at the top right whether you are the trust’s account and not yourself.",
        "Press “Authorize app”.",
    ],
    take_back: "on X under Settings, Security and account access, Apps and sessions, Connected apps.",
};

/// <https://developers.facebook.com/docs/pages-api/getting-started>
const META_APP: AppGuide = AppGuide {
    whose: "Meta",
    page: "https://developers.facebook.com/apps",
    before: &[
        "Sign in as somebody who runs the trust’s Page, and make an app for a business that manages everything on its Page.",
        "Add the product “Facebook Login”, and open its settings.",
        "Leave “Client OAuth login” and “Web OAuth login” on.",
    ],
    callback_goes: "Valid OAuth redirect URIs",
    after: &[
        "Under App settings, Basic: give the address of the trust’s privacy notice.",
        "Switch the app to “Live”. Until then only people with a role in the app see what it posts.",
        "Copy the App ID and the App secret from App settings, Basic.",
    ],
    id: "App ID",
    secret: "App secret",
};

const FACEBOOK: Guide = Guide {
    app: Some(META_APP),
    needs: &[
        "You have full control of the Page, or at least its task “Content”.",
        "You have a role in the app (administrator or developer), or Meta has reviewed it.",
    ],
    there: &[
        "Choose the trust’s Page, and no other.",
        "Leave every permission on: with one missing, posts or take-downs fail.",
    ],
    take_back: "on Facebook under Settings, Business integrations.",
};

/// <https://developers.facebook.com/docs/instagram-platform/instagram-api-with-facebook-login/get-started>
const INSTAGRAM: Guide = Guide {
    app: Some(META_APP),
    needs: &[
        "The Instagram account is a professional one: in the Instagram app under Settings, Account type and tools.",
        "It is linked to the trust’s Page: on the Page under Settings, Linked accounts.",
        "You have full control of that Page, or at least its task “Content”.",
        "This site is at an https address that the internet reaches: Instagram fetches each picture here itself.",
    ],
    there: &[
        "Choose the trust’s Page and the Instagram account, and no others.",
        "Leave every permission on: with one missing, posts or take-downs fail.",
    ],
    take_back: "on Facebook under Settings, Business integrations.",
};

/// <https://docs.joinmastodon.org/client/authorized/>
const MASTODON: Guide = Guide {
    app: None,
    needs: &[
        "You can sign in at the account’s own server.",
        "Its server runs Mastodon 4.4 or later: earlier ones keep pictures for about a day after a take-down.",
    ],
    there: &["Look whether you are signed in as the trust’s account.", "Press “Authorise”."],
    take_back: "on its server under Preferences, Account, Authorised apps.",
};

/// <https://atproto.com/specs/oauth>
const BLUESKY: Guide = Guide {
    app: None,
    needs: &["You know the account’s password; it stays between you and Bluesky."],
    there: &["Sign in as the trust’s account.", "Press “Authorize”."],
    take_back: "on Bluesky under Settings, Account, Connected apps.",
};

/// The way in to a network; `None` for the trust's own page, where nothing is connected.
pub(super) fn guide(network: Network) -> Option<&'static Guide> {
    match network {
        Network::Website => None,
        Network::X => Some(&X),
        Network::Facebook => Some(&FACEBOOK),
        Network::Instagram => Some(&INSTAGRAM),
        Network::Mastodon => Some(&MASTODON),
        Network::Bluesky => Some(&BLUESKY),
    }
}
