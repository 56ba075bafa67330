// Generated from openapi.json by `npm run generate`. Do not edit.

export interface paths {
    "/api/calls/{call}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What is known of a call, live or recent
         * @description What is known of a call, live or recent.
         */
        get: operations["get_call"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/calls/{call}/draft": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What the user has written about a call so far
         * @description What the user has written about a call so far.
         */
        get: operations["get_draft"];
        /**
         * Keep the after-call form as far as it is written, so that nothing loses it
         * @description Keep the after-call form as far as it is written, so that nothing loses it.
         */
        put: operations["save_draft"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/calls/{call}/party": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Say who the caller is: one of the candidates, another party, or a new one
         * @description Say who the caller is: one of the candidates, another party, or a new one.
         */
        post: operations["choose_party"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/calls/{call}/why": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Why this call rang whom: the decision record of each offer
         * @description Why this call rang whom: the decision record of each offer.
         */
        get: operations["get_why"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/calls/{call}/wrap-up": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Write outcome, note and follow-up, and end the after-call work
         * @description Write outcome, note and follow-up, and end the after-call work.
         */
        post: operations["finish_wrap_up"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/cases": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Open a case for a party
         * @description Open a case for a party.
         */
        post: operations["create_case"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/cases/{case}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change a case
         * @description Change a case; 409 when its state forbids it or somebody else changed it.
         */
        patch: operations["change_case"];
        trace?: never;
    };
    "/api/contacts/{contact}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A call that is over, with its form
         * @description A call that is over, with its form.
         */
        get: operations["get_contact"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/contacts/{contact}/callback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * See to a missed call: it becomes the user's task, or is noted as done
         * @description See to a missed call: it becomes the user's task, or is noted as done.
         */
        post: operations["see_to_missed"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/contacts/{contact}/outcome": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * File a call afterwards, or correct it
         * @description File a call afterwards, or correct it; 409 when it was changed since you read it.
         */
        put: operations["file_outcome"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/demo/caller": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A phone that rings in as this number
         * @description A phone that rings in as this number; sets a cookie for the SIP websocket.
         */
        post: operations["issue_demo_caller"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/demo/callers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Demo customers one may ring in as, those worth playing first
         * @description Demo customers one may ring in as, those worth playing first; 404 when this is no demo.
         */
        get: operations["find_demo_callers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/demo/numbers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The numbers one can ring in the demo
         * @description The numbers one can ring in the demo; 404 when this site is no demo.
         */
        get: operations["get_demo_numbers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/dispositions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The outcomes an agent may choose
         * @description The outcomes an agent may choose.
         */
        get: operations["get_dispositions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Whether each component is well
         * @description Whether each component is well; 503 when one is not.
         */
        get: operations["get_health"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/me/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Change the user's own password
         * @description Change the user's own password; her other sessions end, one in a call after it.
         *
         *     A wrong current password counts like a failed log-in.
         */
        put: operations["change_password"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/me/preferences": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Keep the user's language and theme
         * @description Keep the user's language and theme.
         */
        put: operations["set_preferences"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/me/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Where the user is signed in
         * @description Where the user is signed in.
         */
        get: operations["my_sessions"];
        put?: never;
        post?: never;
        /**
         * End all of the user's sessions but this one
         * @description End all of the user's sessions but this one; return those that are left.
         */
        delete: operations["end_other_sessions"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/me/sessions/{session}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * End one of the user's sessions, one in a call after it
         * @description End one of the user's sessions, one in a call after it; return those that are left.
         */
        delete: operations["end_session"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/names": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What the site calls its queues, skills and numbers in each language
         * @description What the site calls its queues, skills and numbers in each language.
         */
        get: operations["get_names"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/parties": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Find parties by name, phone, e-mail, customer, order or case number
         * @description Find parties by name, phone, e-mail, customer, order or case number; best matches first.
         *
         *     For the next page give the same ``q`` and the ``next`` of the page before as ``after``; one
         *     that is not ours is refused as ``bad_cursor``. Nobody is left out when others come or go
         *     meanwhile.
         */
        get: operations["find_parties"];
        put?: never;
        /**
         * Keep a new party
         * @description Keep a new party.
         */
        post: operations["create_party"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/parties/{party}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One party
         * @description One party.
         */
        get: operations["get_party"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change a party
         * @description Change a party; 409 when somebody else changed it since you read it.
         */
        patch: operations["change_party"];
        trace?: never;
    };
    "/api/parties/{party}/cases": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The party's cases, open ones first
         * @description The party's cases, open ones first.
         */
        get: operations["get_cases"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/parties/{party}/orders": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The party's orders, newest first
         * @description The party's orders, newest first.
         */
        get: operations["get_orders"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/parties/{party}/timeline": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What happened with a party, newest first
         * @description What happened with a party, newest first.
         */
        get: operations["get_timeline"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/phone": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Push the agent's browser phone to Asterisk with a fresh secret
         * @description Push the agent's browser phone to Asterisk with a fresh secret.
         */
        post: operations["issue_phone"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Whether new calls and pages should come here
         * @description Whether new calls and pages should come here; 503 from the moment the end is asked for.
         *
         *     A carrier that is away makes no other place better, so it does not count.
         */
        get: operations["get_ready"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who is signed in here
         * @description Who is signed in here.
         */
        get: operations["who_am_i"];
        put?: never;
        /**
         * Sign in
         * @description Sign in; sets the session cookie. Unknown users get the same answer as wrong passwords.
         */
        post: operations["log_in"];
        /**
         * Sign out
         * @description Sign out; an agent's shift ends with her last session, 409 while she is in a call.
         */
        delete: operations["log_out"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tasks/{task}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Have a task done, moved or taken over
         * @description Have a task done, moved or taken over; 409 when it was changed since you read it.
         */
        patch: operations["change_task"];
        trace?: never;
    };
    "/api/trunks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How the ways to the carriers are, and whose calls were refused for want of a trunk
         * @description How the ways to the carriers are, and whose calls were refused for want of a trunk.
         */
        get: operations["get_trunks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/work/missed": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Calls that rang the user in vain or were given up in her queues, latest first
         * @description Calls that rang the user in vain or were given up in her queues, latest first.
         */
        get: operations["get_missed"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/work/tasks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Open call-backs and tasks, the most urgent first
         * @description Open call-backs and tasks, the most urgent first.
         */
        get: operations["get_tasks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/work/unfinished": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The user's calls that ended without an outcome, latest first
         * @description The user's calls that ended without an outcome, latest first.
         */
        get: operations["get_unfinished"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * CallView
         * @description What is known of a call, live or recent.
         */
        CallView: {
            /** Agent */
            agent: string | null;
            /** Ani */
            ani: string;
            /** Call */
            call: string;
            /** Dnis */
            dnis: string;
            /** Interaction Id */
            interaction_id: string;
            /** Party Id */
            party_id: string | null;
            /** Queue */
            queue: string;
            /**
             * Started At
             * Format: date-time
             */
            started_at: string;
            /** State */
            state: string;
        };
        /**
         * CasesView
         * @description Cases of a party, open ones first.
         */
        CasesView: {
            /** Items */
            items: components["schemas"]["CaseView"][];
        };
        /**
         * CaseView
         * @description One case.
         */
        CaseView: {
            /** Closed At */
            closed_at: string | null;
            /** Description */
            description: string;
            /** Due At */
            due_at: string | null;
            /** Id */
            id: string;
            /** Kind */
            kind: string;
            /**
             * Moves
             * @description What may happen to it now, for ``move`` of a change.
             */
            moves: string[];
            /** Number */
            number: string;
            /**
             * Opened At
             * Format: date-time
             */
            opened_at: string;
            /** Party Id */
            party_id: string;
            /** Priority */
            priority: string;
            /** State */
            state: string;
            /** Subject */
            subject: string;
            /** Version */
            version: number;
        };
        /**
         * ChoosePartyBody
         * @description Either an existing party or a new one.
         *
         *     ``keep_number``: add the caller's number to the existing party's.
         */
        ChoosePartyBody: {
            /**
             * Keep Number
             * @default false
             */
            keep_number?: boolean;
            /** @default null */
            new?: components["schemas"]["NewPartyBody"] | null;
            /**
             * Party Id
             * @default null
             */
            party_id?: string | null;
        };
        /**
         * ChosenPartyView
         * @description The party this call now belongs to.
         */
        ChosenPartyView: {
            /** Party Id */
            party_id: string;
        };
        /**
         * ContactPointView
         * @description A way to reach a party. ``kind`` is phone or email.
         */
        ContactPointView: {
            /** Id */
            id: string;
            /** Kind */
            kind: string;
            /** Shared */
            shared: boolean;
            /** Value */
            value: string;
            /** Verified */
            verified: boolean;
        };
        /**
         * ContactView
         * @description A call that is over, with its form.
         */
        ContactView: {
            /** Agent */
            agent: string;
            /**
             * At
             * Format: date-time
             */
            at: string;
            /** Call */
            call: string;
            /** Case Id */
            case_id: string | null;
            /** Disposition */
            disposition: string;
            draft: components["schemas"]["DraftView"] | null;
            /** Id */
            id: string;
            /** Note */
            note: string;
            /** Number */
            number: string;
            /** Party Id */
            party_id: string | null;
            /** Party Name */
            party_name: string;
            /** Queue */
            queue: string;
            /**
             * Tasks
             * @description What was promised in it so far.
             */
            tasks: components["schemas"]["TaskView"][];
            /** Version */
            version: number;
        };
        /**
         * DemoCallerBody
         * @description Who to ring in as: a number, or "" to withhold it.
         */
        DemoCallerBody: {
            /**
             * Number
             * @default
             */
            number?: string;
        };
        /**
         * DemoCallersView
         * @description Demo customers who match.
         */
        DemoCallersView: {
            /** Items */
            items: components["schemas"]["DemoCallerView"][];
        };
        /**
         * DemoCallerView
         * @description A demo customer one may ring in as.
         */
        DemoCallerView: {
            /** City */
            city: string;
            /**
             * Customer Number
             * @default
             */
            customer_number?: string;
            /**
             * Hint
             * @description What makes this caller worth playing: ``demo.caller.<hint>`` in the page's words.
             * @default
             */
            hint?: string;
            /** Name */
            name: string;
            /** Number */
            number: string;
            /** Party Id */
            party_id: string;
            /**
             * Pin
             * @default
             */
            pin?: string;
            /** Tier */
            tier: string;
        };
        /**
         * DemoNumbersView
         * @description The numbers of the demo; empty when this site is no demo.
         */
        DemoNumbersView: {
            /** Items */
            items: components["schemas"]["DemoNumberView"][];
        };
        /**
         * DemoNumberView
         * @description A number one can ring in the demo. ``labels``: language -> text, in every language.
         */
        DemoNumberView: {
            /** Label */
            label: string;
            /** Labels */
            labels: {
                [key: string]: string;
            };
            /** Number */
            number: string;
        };
        /**
         * DispositionsView
         * @description All outcomes, in the order to show them.
         */
        DispositionsView: {
            /** Items */
            items: components["schemas"]["DispositionView"][];
        };
        /**
         * DispositionView
         * @description An outcome the agent may choose; ``label_key`` is a key of the page's catalogue.
         */
        DispositionView: {
            /** Code */
            code: string;
            /** Follow Up */
            follow_up: string;
            /** Label Key */
            label_key: string;
        };
        /**
         * DoneView
         * @description It is done.
         */
        DoneView: {
            /** Ok */
            ok: boolean;
        };
        /**
         * DraftBody
         * @description The after-call form as far as it is written; nothing in it need be complete.
         */
        DraftBody: {
            /**
             * Case Id
             * @default null
             */
            case_id?: string | null;
            /**
             * Disposition
             * @default
             */
            disposition?: string;
            /**
             * Due At
             * @default null
             */
            due_at?: string | null;
            /**
             * Follow Up
             * @default
             * @enum {string}
             */
            follow_up?: "" | "case" | "callback";
            /**
             * Note
             * @default
             */
            note?: string;
            /**
             * Proposed
             * @description The form ticked follow_up itself, with the outcome
             * @default false
             */
            proposed?: boolean;
            /**
             * Subject
             * @default
             */
            subject?: string;
        };
        /**
         * DraftView
         * @description An after-call form that is not filed yet.
         */
        DraftView: {
            /** Case Id */
            case_id: string | null;
            /** Disposition */
            disposition: string;
            /** Due At */
            due_at: string | null;
            /** Follow Up */
            follow_up: string;
            /** Note */
            note: string;
            /**
             * Proposed
             * @description The form ticked ``follow_up`` itself, with the outcome.
             */
            proposed: boolean;
            /** Subject */
            subject: string;
        };
        /**
         * FieldProblem
         * @description One field that was not accepted.
         */
        FieldProblem: {
            /** Field */
            field: string;
            /** Message */
            message: string;
            /**
             * Where
             * @description body, path, query string or headers.
             */
            where: string;
        };
        /**
         * HealthView
         * @description ``status`` is ok, draining or degraded; each component says ok or why not.
         */
        HealthView: {
            /** Components */
            components: {
                [key: string]: string;
            };
            /** Status */
            status: string;
        };
        /**
         * IceServerView
         * @description STUN or TURN servers, as browsers take them; STUN servers have "" for the last two.
         */
        IceServerView: {
            /**
             * Credential
             * @description Good for a limited time: ``username`` begins with its end, in seconds since 1970.
             */
            credential: string;
            /** Urls */
            urls: string[];
            /** Username */
            username: string;
        };
        /**
         * KeptDraftView
         * @description The draft of a call, or null when nothing is written yet.
         */
        KeptDraftView: {
            draft: components["schemas"]["DraftView"] | null;
        };
        /**
         * LogInBody
         * @description User name and password.
         */
        LogInBody: {
            /** Password */
            password: string;
            /** User */
            user: string;
        };
        /**
         * MissedPageView
         * @description Latest first. ``next`` goes into ``after``; "" at the end.
         */
        MissedPageView: {
            /** Items */
            items: components["schemas"]["MissedView"][];
            /** Next */
            next: string;
            /**
             * Total
             * @description How many of all nobody has answered.
             */
            total: number;
        };
        /**
         * MissedView
         * @description A call that rang in vain, or that its caller gave up waiting in.
         */
        MissedView: {
            /**
             * Answered By
             * @description Name of who got it in the end; "" when nobody did.
             */
            answered_by: string;
            /**
             * At
             * Format: date-time
             */
            at: string;
            /** Id */
            id: string;
            /** Number */
            number: string;
            /** Party Id */
            party_id: string | null;
            /** Party Name */
            party_name: string;
            /** Queue */
            queue: string;
            /**
             * Rang
             * @description It rang this agent.
             */
            rang: boolean;
            /** Waited S */
            waited_s: number | null;
        };
        /**
         * NamesView
         * @description What the site calls things: id -> language -> text, in every language of the pages.
         */
        NamesView: {
            /**
             * Numbers
             * @description By the number that is dialled.
             */
            numbers: {
                [key: string]: {
                    [key: string]: string;
                };
            };
            /** Queues */
            queues: {
                [key: string]: {
                    [key: string]: string;
                };
            };
            /** Skills */
            skills: {
                [key: string]: {
                    [key: string]: string;
                };
            };
        };
        /**
         * NewCaseBody
         * @description A new case of a party.
         */
        NewCaseBody: {
            /**
             * Description
             * @default
             */
            description?: string;
            /**
             * Due At
             * @default null
             */
            due_at?: string | null;
            /**
             * Kind
             * @default enquiry
             * @enum {string}
             */
            kind?: "enquiry" | "request" | "complaint" | "return";
            /**
             * Party Id
             * Format: uuid
             */
            party_id: string;
            /**
             * Priority
             * @default normal
             * @enum {string}
             */
            priority?: "low" | "normal" | "high" | "urgent";
            /** Subject */
            subject: string;
        };
        /**
         * NewPartyBody
         * @description A person or organisation the agent wants to keep.
         */
        NewPartyBody: {
            /**
             * City
             * @default
             */
            city?: string;
            /**
             * Email
             * @default
             */
            email?: string;
            /**
             * Kind
             * @default person
             * @enum {string}
             */
            kind?: "person" | "org";
            /**
             * Language
             * @default null
             */
            language?: string | null;
            /** Name */
            name: string;
            /**
             * Phone
             * @default
             */
            phone?: string;
        };
        /**
         * NewPasswordBody
         * @description The user's password, and the one she wants from now on.
         */
        NewPasswordBody: {
            /** Current */
            current: string;
            /** New */
            new: string;
        };
        /**
         * OpenSessionsView
         * @description Where the user is signed in, this place first, then the latest.
         */
        OpenSessionsView: {
            /** Items */
            items: components["schemas"]["OpenSessionView"][];
        };
        /**
         * OpenSessionView
         * @description One place where the user is signed in.
         */
        OpenSessionView: {
            /** Address */
            address: string;
            /**
             * Browser
             * @description What the browser calls itself (User-Agent).
             */
            browser: string;
            /**
             * Current
             * @description The session that asks.
             */
            current: boolean;
            /**
             * Ending
             * @description It ends as soon as the call on its phone is over.
             */
            ending: boolean;
            /**
             * Expires At
             * Format: date-time
             */
            expires_at: string;
            /** Id */
            id: string;
            /**
             * Opened At
             * Format: date-time
             */
            opened_at: string;
            /**
             * Phone
             * @description It holds the user's phone.
             */
            phone: boolean;
            /**
             * Seen At
             * Format: date-time
             */
            seen_at: string;
        };
        /**
         * OrdersView
         * @description Orders of a party, newest first.
         */
        OrdersView: {
            /** Items */
            items: components["schemas"]["OrderView"][];
        };
        /**
         * OrderView
         * @description One order. ``total`` is a decimal string.
         */
        OrderView: {
            /** Currency */
            currency: string;
            /** Expected At */
            expected_at: string | null;
            /** Id */
            id: string;
            /** Item */
            item: string;
            /** Number */
            number: string;
            /**
             * Placed At
             * Format: date-time
             */
            placed_at: string;
            /** State */
            state: string;
            /** Total */
            total: string;
        };
        /**
         * OutcomeBody
         * @description The form of a call that is over: filed afterwards, or corrected.
         */
        OutcomeBody: {
            /**
             * Case Id
             * @default null
             */
            case_id?: string | null;
            /** Disposition */
            disposition: string;
            /**
             * Due At
             * @default null
             */
            due_at?: string | null;
            /**
             * Follow Up
             * @default
             * @enum {string}
             */
            follow_up?: "" | "case" | "callback";
            /**
             * Note
             * @default
             */
            note?: string;
            /**
             * Subject
             * @default
             */
            subject?: string;
            /**
             * Version
             * @description The version you read; stale ones are refused
             */
            version: number;
        };
        /**
         * PartyPageView
         * @description The best matches first. ``next`` goes into ``after``; "" at the end.
         */
        PartyPageView: {
            /** Items */
            items: components["schemas"]["PartyRowView"][];
            /** Next */
            next: string;
        };
        /**
         * PartyRowView
         * @description A party in a list. ``why`` is a catalogue key of what matched.
         */
        PartyRowView: {
            /** City */
            city: string;
            /** Email */
            email: string;
            /** Id */
            id: string;
            /** Kind */
            kind: string;
            /** Name */
            name: string;
            /** Number */
            number: string;
            /** Phone */
            phone: string;
            /** Tier */
            tier: string;
            /** Why */
            why: string;
        };
        /**
         * PartyView
         * @description One party.
         */
        PartyView: {
            /** City */
            city: string;
            /** Contact Points */
            contact_points: components["schemas"]["ContactPointView"][];
            /** Id */
            id: string;
            /** Kind */
            kind: string;
            /** Language */
            language: string;
            /** Name */
            name: string;
            /** Number */
            number: string;
            /** Owner */
            owner: string;
            /** Since */
            since: string | null;
            /** Tier */
            tier: string;
            /** Version */
            version: number;
        };
        /**
         * PatchCaseBody
         * @description Changes to a case; what is left out stays. ``move`` must be one of the case's ``moves``.
         */
        PatchCaseBody: {
            /**
             * Description
             * @default null
             */
            description?: string | null;
            /**
             * Due At
             * @default null
             */
            due_at?: string | null;
            /**
             * Move
             * @default null
             */
            move?: ("open" | "wait" | "customer_replied" | "escalate" | "take_back" | "resolve" | "close" | "reopen") | null;
            /**
             * Priority
             * @default null
             */
            priority?: ("low" | "normal" | "high" | "urgent") | null;
            /**
             * Subject
             * @default null
             */
            subject?: string | null;
            /**
             * Version
             * @description The version you read; stale ones are refused
             */
            version: number;
        };
        /**
         * PatchPartyBody
         * @description Changes to a party; what is left out stays. Adding a phone or e-mail keeps the others.
         *
         *     A language or city of "" is none.
         */
        PatchPartyBody: {
            /**
             * Add Email
             * @default
             */
            add_email?: string;
            /**
             * Add Phone
             * @default
             */
            add_phone?: string;
            /**
             * City
             * @default null
             */
            city?: string | null;
            /**
             * Language
             * @default null
             */
            language?: string | null;
            /**
             * Name
             * @default null
             */
            name?: string | null;
            /**
             * Tier
             * @default null
             */
            tier?: ("standard" | "silver" | "gold" | "vip") | null;
            /**
             * Version
             * @description The version you read; stale ones are refused
             */
            version: number;
        };
        /**
         * PatchTaskBody
         * @description Changes to a task; what is left out stays. ``take``: it is the user's from now on.
         */
        PatchTaskBody: {
            /**
             * Due At
             * @default null
             */
            due_at?: string | null;
            /**
             * State
             * @default null
             */
            state?: ("open" | "done" | "cancelled") | null;
            /**
             * Take
             * @default false
             */
            take?: boolean;
            /**
             * Version
             * @description The version you read; stale ones are refused
             */
            version: number;
        };
        /**
         * PhoneView
         * @description How a browser phone registers: SIP over ``ws_path`` on this origin.
         */
        PhoneView: {
            /** Display Name */
            display_name: string;
            /** Domain */
            domain: string;
            /** Ice Servers */
            ice_servers: components["schemas"]["IceServerView"][];
            /** Password */
            password: string;
            /** Sip User */
            sip_user: string;
            /** Ws Path */
            ws_path: string;
        };
        /**
         * PreferencesBody
         * @description How the user wants her pages; what is left out stays.
         */
        PreferencesBody: {
            /**
             * Language
             * @default null
             */
            language?: ("en" | "zh" | "fa") | null;
            /**
             * Theme
             * @default null
             */
            theme?: ("light" | "dark" | "system") | null;
        };
        /**
         * PreferencesView
         * @description The preferences after the change.
         */
        PreferencesView: {
            /** Language */
            language: string;
            /** Theme */
            theme: string;
        };
        /**
         * ProblemView
         * @description A refusal: ``code`` is stable, ``detail`` a sentence (RFC 9457).
         */
        ProblemView: {
            /** Code */
            code: string;
            /** Detail */
            detail: string;
            /** Errors */
            errors: components["schemas"]["FieldProblem"][];
            /** Status */
            status: number;
            /** Title */
            title: string;
            /** Type */
            type: string;
        };
        /**
         * ReadyView
         * @description ``status`` is ready, draining (it ends when its calls have ended) or degraded.
         */
        ReadyView: {
            /** Status */
            status: string;
        };
        /**
         * SeeToBody
         * @description ``done``: it has been seen to already; else the user will do it.
         */
        SeeToBody: {
            /**
             * Done
             * @default false
             */
            done?: boolean;
        };
        /**
         * SessionView
         * @description Who is signed in. ``csrf`` goes into the X-CSRF-Token header of every write.
         */
        SessionView: {
            /** Csrf */
            csrf: string;
            /**
             * Expires At
             * Format: date-time
             */
            expires_at: string;
            /** Language */
            language: string;
            /** Name */
            name: string;
            /** Roles */
            roles: string[];
            /** Theme */
            theme: string;
            /** User */
            user: string;
        };
        /**
         * StrangerView
         * @description An address that is no trunk's, and how many messages of it were turned away.
         */
        StrangerView: {
            /** Address */
            address: string;
            /**
             * Last
             * Format: date-time
             */
            last: string;
            /** Messages */
            messages: number;
        };
        /**
         * TasksView
         * @description The most urgent first. ``next`` goes into ``after``; "" at the end.
         */
        TasksView: {
            /**
             * Due
             * @description How many of all are due by now.
             */
            due: number;
            /** Items */
            items: components["schemas"]["TaskView"][];
            /** Next */
            next: string;
            /** Total */
            total: number;
        };
        /**
         * TaskView
         * @description Something promised. ``kind`` is callback, follow_up or care.
         */
        TaskView: {
            /**
             * Assignee
             * @description Name of who is to do it; "" for nobody.
             */
            assignee: string;
            /** Contact Id */
            contact_id: string | null;
            /**
             * Due At
             * Format: date-time
             */
            due_at: string;
            /** Id */
            id: string;
            /** Kind */
            kind: string;
            /** Mine */
            mine: boolean;
            /** Number */
            number: string;
            /** Party Id */
            party_id: string | null;
            /** Party Name */
            party_name: string;
            /** Queue */
            queue: string;
            /** State */
            state: string;
            /** Subject */
            subject: string;
            /** Version */
            version: number;
        };
        /**
         * TimelineEntryView
         * @description One thing that happened with a party. ``kind`` decides the icon and the words.
         */
        TimelineEntryView: {
            /** Actor */
            actor: string;
            /**
             * At
             * Format: date-time
             */
            at: string;
            /** Id */
            id: string;
            /** Kind */
            kind: string;
            /** Params */
            params: {
                [key: string]: string;
            };
            /** Subject Id */
            subject_id: string;
            /** Subject Type */
            subject_type: string;
            /** Summary */
            summary: string;
        };
        /**
         * TimelinePageView
         * @description Newest first. ``next`` goes into ``before``; "" at the end.
         */
        TimelinePageView: {
            /** Items */
            items: components["schemas"]["TimelineEntryView"][];
            /** Next */
            next: string;
        };
        /**
         * TrunksView
         * @description The ways to the carriers, and who else tried to call.
         */
        TrunksView: {
            /** Strangers */
            strangers: components["schemas"]["StrangerView"][];
            /** Trunks */
            trunks: components["schemas"]["TrunkView"][];
        };
        /**
         * TrunkView
         * @description A way to a carrier. Catalogue keys: ``trunk_state.*`` and ``trunk_cause.*``.
         */
        TrunkView: {
            /** Cause */
            cause: string;
            /** Id */
            id: string;
            /**
             * Last Dialled
             * @description The latest number on it that is none of the site's.
             */
            last_dialled: string;
            /** Refused Accounts */
            refused_accounts: number;
            /** Refused Numbers */
            refused_numbers: number;
            /** Since */
            since: string | null;
            /** State */
            state: string;
        };
        /**
         * UnfinishedPageView
         * @description Latest first. ``next`` goes into ``after``; "" at the end.
         */
        UnfinishedPageView: {
            /** Items */
            items: components["schemas"]["UnfinishedView"][];
            /** Next */
            next: string;
            /** Total */
            total: number;
        };
        /**
         * UnfinishedView
         * @description A call that ended without an outcome.
         */
        UnfinishedView: {
            /**
             * At
             * Format: date-time
             */
            at: string;
            /** Call */
            call: string;
            /** Id */
            id: string;
            /** Note */
            note: string;
            /** Number */
            number: string;
            /** Party Id */
            party_id: string | null;
            /** Party Name */
            party_name: string;
            /** Queue */
            queue: string;
        };
        /**
         * WhyLineView
         * @description One agent in a decision: ``cause`` is a catalogue key with ``params``.
         */
        WhyLineView: {
            /** Agent */
            agent: string;
            /** Cause */
            cause: string;
            /** Chosen */
            chosen: boolean;
            /** Name */
            name: string;
            /** Params */
            params: {
                [key: string]: string;
            };
        };
        /**
         * WhyOfferView
         * @description One offer: who was chosen, why, and why the others were not.
         */
        WhyOfferView: {
            /** Agent */
            agent: string;
            /** Agent Name */
            agent_name: string;
            /**
             * At
             * Format: date-time
             */
            at: string;
            /** Counts */
            counts: {
                [key: string]: number;
            };
            /** Ended */
            ended: string;
            /** Lines */
            lines: components["schemas"]["WhyLineView"][];
            /** Needs */
            needs: string[];
            /** Offer */
            offer: string;
            /** Queue Length */
            queue_length: number;
            /** Sentence */
            sentence: string;
            /** Waited S */
            waited_s: number;
        };
        /**
         * WhyView
         * @description The decision records of a call, oldest first.
         */
        WhyView: {
            /** Call */
            call: string;
            /** Offers */
            offers: components["schemas"]["WhyOfferView"][];
        };
        /**
         * WrapUpBody
         * @description The after-call form.
         */
        WrapUpBody: {
            /**
             * Case Id
             * @default null
             */
            case_id?: string | null;
            /** Disposition */
            disposition: string;
            /**
             * Due At
             * @default null
             */
            due_at?: string | null;
            /**
             * Follow Up
             * @default
             * @enum {string}
             */
            follow_up?: "" | "case" | "callback";
            /**
             * Note
             * @default
             */
            note?: string;
            /**
             * Subject
             * @default
             */
            subject?: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    get_call: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                call: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallView"];
                };
            };
            /** @description A problem with a stable code */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemView"];
                };
            };
        };
    };
    get_draft: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                call: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeptDraftView"];
                };
            };
            /** @description A problem with a stable code */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemView"];
                };
            };
        };
    };
    save_draft: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                call: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DraftBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DoneView"];
                };
            };
            /** @description A problem with a stable code */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemView"];
                };
            };
        };
    };
    choose_party: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                call: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChoosePartyBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChosenPartyView"];
                };
            };
            /** @description A problem with a stable code */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemView"];
                };
            };
        };
    };
    get_why: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                call: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WhyView"];
                };
            };
            /** @description A problem with a stable code */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemView"];
                };
            };
        };
    };
    finish_wrap_up: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                call: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WrapUpBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DoneView"];
                };
            };
            /** @description A problem with a stable code */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemView"];
                };
            };
        };
    };
    create_case: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewCaseBody"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CaseView"];
                };
            };
            /** @description A problem with a stable code */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemView"];
                };
            };
        };
    };
    change_case: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                case: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PatchCaseBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CaseView"];
                };
            };
            /** @description A problem with a stable code */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemView"];
                };
            };
        };
    };
    get_contact: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                contact: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ContactView"];
                };
            };
            /** @description A problem with a stable code */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemView"];
                };
            };
        };
    };
    see_to_missed: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                contact: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SeeToBody"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskView"];
                };
            };
            /** @description A problem with a stable code */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemView"];
                };
            };
        };
    };
    file_outcome: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                contact: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OutcomeBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ContactView"];
                };
            };
            /** @description A problem with a stable code */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemView"];
                };
            };
        };
    };
    issue_demo_caller: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DemoCallerBody"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PhoneView"];
                };
            };
            /** @description A problem with a stable code */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemView"];
                };
            };
        };
    };
    find_demo_callers: {
        parameters: {
            query?: {
                q?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DemoCallersView"];
                };
            };
            /** @description A problem with a stable code */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemView"];
                };
            };
        };
    };
    get_demo_numbers: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DemoNumbersView"];
                };
            };
            /** @description A problem with a stable code */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemView"];
                };
            };
        };
    };
    get_dispositions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DispositionsView"];
                };
            };
            /** @description A problem with a stable code */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemView"];
                };
            };
        };
    };
    get_health: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HealthView"];
                };
            };
            /** @description A problem with a stable code */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemView"];
                };
            };
        };
    };
    change_password: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewPasswordBody"];
            };
        };
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem with a stable code */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemView"];
                };
            };
        };
    };
    set_preferences: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PreferencesBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PreferencesView"];
                };
            };
            /** @description A problem with a stable code */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemView"];
                };
            };
        };
    };
    my_sessions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OpenSessionsView"];
                };
            };
            /** @description A problem with a stable code */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemView"];
                };
            };
        };
    };
    end_other_sessions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OpenSessionsView"];
                };
            };
            /** @description A problem with a stable code */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemView"];
                };
            };
        };
    };
    end_session: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                session: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OpenSessionsView"];
                };
            };
            /** @description A problem with a stable code */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemView"];
                };
            };
        };
    };
    get_names: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NamesView"];
                };
            };
            /** @description A problem with a stable code */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemView"];
                };
            };
        };
    };
    find_parties: {
        parameters: {
            query?: {
                /** @description "" for the first page, then the next of the last one */
                after?: string;
                limit?: number;
                q?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PartyPageView"];
                };
            };
            /** @description A problem with a stable code */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemView"];
                };
            };
        };
    };
    create_party: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewPartyBody"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PartyView"];
                };
            };
            /** @description A problem with a stable code */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemView"];
                };
            };
        };
    };
    get_party: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                party: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PartyView"];
                };
            };
            /** @description A problem with a stable code */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemView"];
                };
            };
        };
    };
    change_party: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                party: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PatchPartyBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PartyView"];
                };
            };
            /** @description A problem with a stable code */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemView"];
                };
            };
        };
    };
    get_cases: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                party: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CasesView"];
                };
            };
            /** @description A problem with a stable code */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemView"];
                };
            };
        };
    };
    get_orders: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                party: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrdersView"];
                };
            };
            /** @description A problem with a stable code */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemView"];
                };
            };
        };
    };
    get_timeline: {
        parameters: {
            query?: {
                before?: string;
                limit?: number;
            };
            header?: never;
            path: {
                party: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TimelinePageView"];
                };
            };
            /** @description A problem with a stable code */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemView"];
                };
            };
        };
    };
    issue_phone: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PhoneView"];
                };
            };
            /** @description A problem with a stable code */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemView"];
                };
            };
        };
    };
    get_ready: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReadyView"];
                };
            };
            /** @description A problem with a stable code */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemView"];
                };
            };
        };
    };
    who_am_i: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionView"];
                };
            };
            /** @description A problem with a stable code */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemView"];
                };
            };
        };
    };
    log_in: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LogInBody"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionView"];
                };
            };
            /** @description A problem with a stable code */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemView"];
                };
            };
        };
    };
    log_out: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem with a stable code */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemView"];
                };
            };
        };
    };
    change_task: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                task: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PatchTaskBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskView"];
                };
            };
            /** @description A problem with a stable code */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemView"];
                };
            };
        };
    };
    get_trunks: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TrunksView"];
                };
            };
            /** @description A problem with a stable code */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemView"];
                };
            };
        };
    };
    get_missed: {
        parameters: {
            query?: {
                /** @description "" for the first page, then the next of the last one */
                after?: string;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MissedPageView"];
                };
            };
            /** @description A problem with a stable code */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemView"];
                };
            };
        };
    };
    get_tasks: {
        parameters: {
            query?: {
                /** @description "" for the first page, then the next of the last one */
                after?: string;
                limit?: number;
                /** @description The user's own tasks, or those of others in her queues */
                whose?: "mine" | "others";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TasksView"];
                };
            };
            /** @description A problem with a stable code */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemView"];
                };
            };
        };
    };
    get_unfinished: {
        parameters: {
            query?: {
                /** @description "" for the first page, then the next of the last one */
                after?: string;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UnfinishedPageView"];
                };
            };
            /** @description A problem with a stable code */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemView"];
                };
            };
        };
    };
}
