"""Which Asterisk modules are loaded: those the product uses, and no others."""

from typing import Final

_SIP: Final = """
res_sorcery_config res_sorcery_memory res_sorcery_astdb res_pjproject res_pjsip res_pjsip_acl
res_pjsip_authenticator_digest res_pjsip_caller_id res_pjsip_dlg_options res_pjsip_diversion
res_pjsip_dtmf_info res_pjsip_empty_info res_pjsip_endpoint_identifier_ip
res_pjsip_endpoint_identifier_user res_pjsip_header_funcs res_pjsip_logger res_pjsip_maintenance
res_pjsip_nat res_pjsip_outbound_authenticator_digest res_pjsip_outbound_registration res_pjsip_path
res_pjsip_pubsub res_pjsip_registrar res_pjsip_rfc3326 res_pjsip_sdp_rtp
res_pjsip_session res_pjsip_sips_contact res_pjsip_transport_websocket chan_pjsip func_pjsip_aor
func_pjsip_contact func_pjsip_endpoint
"""
_MEDIA: Final = """
res_timing_timerfd res_crypto res_srtp res_rtp_asterisk res_format_attr_opus res_musiconhold
codec_ulaw codec_alaw codec_a_mu codec_g722 codec_gsm codec_resample codec_opus_open_source
format_wav format_pcm format_sln format_gsm bridge_simple bridge_native_rtp bridge_softmix
bridge_holding bridge_builtin_features bridge_builtin_interval_features chan_bridge_media
"""
_ARI: Final = """
res_http_websocket res_websocket_client chan_websocket res_stasis res_stasis_answer
res_stasis_broadcast res_stasis_device_state res_stasis_playback res_stasis_recording
res_stasis_snoop res_ari res_ari_model res_ari_applications res_ari_asterisk res_ari_bridges
res_ari_channels res_ari_device_states res_ari_endpoints res_ari_events res_ari_playbacks
res_ari_recordings res_ari_sounds app_stasis app_stasis_broadcast
"""
_DIALPLAN: Final = """
pbx_config app_channelredirect app_dial app_echo app_playback app_playtones app_queue app_stack
app_while func_callerid func_channel func_cut func_global func_groupcount func_hangupcause
func_logic func_md5 func_strings func_talkdetect func_timeout func_volume res_security_log
"""
OPTIONAL: Final = frozenset(
    [
        "codec_opus_open_source",
        "app_stasis_broadcast",
        "res_stasis_broadcast",
        "chan_websocket",
        "res_pjsip_maintenance",
    ]
)
"""Newer or packaged differently: a system Asterisk without them will do."""

MODULES: Final = tuple(" ".join((_SIP, _MEDIA, _ARI, _DIALPLAN)).split())

DECLINED_MESSAGES: Final = (
    "ast_channel_varset_type",
    "ast_rtp_rtcp_sent_type",
    "ast_rtp_rtcp_received_type",
    "ast_mwi_state_type",
    "ast_mwi_vm_app_type",
    "aoc_s_type",
    "aoc_d_type",
    "aoc_e_type",
)
"""Messages within Asterisk that nothing of ours subscribes to."""
