"""Every shape of the API by name, for annotations. Written by `sdks.generate`."""

from tifo_client._gen.models.accelerator import Accelerator
from tifo_client._gen.models.acknowledge_cue_request import AcknowledgeCueRequest
from tifo_client._gen.models.address_limit import AddressLimit
from tifo_client._gen.models.advice import Advice
from tifo_client._gen.models.api_key import ApiKey
from tifo_client._gen.models.api_key_page import ApiKeyPage
from tifo_client._gen.models.audience import Audience
from tifo_client._gen.models.audio_upload_request import AudioUploadRequest
from tifo_client._gen.models.beat import Beat
from tifo_client._gen.models.beats_per_bar import BeatsPerBar
from tifo_client._gen.models.cap_reason import CapReason
from tifo_client._gen.models.capability import Capability
from tifo_client._gen.models.caps import Caps
from tifo_client._gen.models.check_model_request import CheckModelRequest
from tifo_client._gen.models.clip import Clip
from tifo_client._gen.models.clip_page import ClipPage
from tifo_client._gen.models.container import Container
from tifo_client._gen.models.create_api_key_request import CreateApiKeyRequest
from tifo_client._gen.models.create_device_ticket_request import CreateDeviceTicketRequest
from tifo_client._gen.models.create_session_request import CreateSessionRequest
from tifo_client._gen.models.create_ticket_request import CreateTicketRequest
from tifo_client._gen.models.cue import Cue
from tifo_client._gen.models.cue_counts import CueCounts
from tifo_client._gen.models.cue_kind import CueKind
from tifo_client._gen.models.cue_page import CuePage
from tifo_client._gen.models.cue_payload import CuePayload
from tifo_client._gen.models.cue_state import CueState
from tifo_client._gen.models.degraded import Degraded
from tifo_client._gen.models.device_cue import DeviceCue
from tifo_client._gen.models.device_cue_payload import DeviceCuePayload
from tifo_client._gen.models.device_cues import DeviceCues
from tifo_client._gen.models.device_ticket import DeviceTicket
from tifo_client._gen.models.effect import Effect
from tifo_client._gen.models.effect_catalogue import EffectCatalogue
from tifo_client._gen.models.effect_chain import EffectChain
from tifo_client._gen.models.effect_kind import EffectKind
from tifo_client._gen.models.effect_page import EffectPage
from tifo_client._gen.models.effect_parameter import EffectParameter
from tifo_client._gen.models.effect_parameters import EffectParameters
from tifo_client._gen.models.heard_frames import HeardFrames
from tifo_client._gen.models.interaction_kind import InteractionKind
from tifo_client._gen.models.interaction_request import InteractionRequest
from tifo_client._gen.models.interaction_summary import InteractionSummary
from tifo_client._gen.models.invoice_line import InvoiceLine
from tifo_client._gen.models.invoice_preview import InvoicePreview
from tifo_client._gen.models.job import Job
from tifo_client._gen.models.job_failure import JobFailure
from tifo_client._gen.models.job_page import JobPage
from tifo_client._gen.models.job_state import JobState
from tifo_client._gen.models.key_state import KeyState
from tifo_client._gen.models.kiosk import Kiosk
from tifo_client._gen.models.kiosk_page import KioskPage
from tifo_client._gen.models.leak_label import LeakLabel
from tifo_client._gen.models.leak_report_request import LeakReportRequest
from tifo_client._gen.models.leak_verdict import LeakVerdict
from tifo_client._gen.models.leaked_keys import LeakedKeys
from tifo_client._gen.models.limit_algorithm import LimitAlgorithm
from tifo_client._gen.models.limit_scope import LimitScope
from tifo_client._gen.models.limit_state import LimitState
from tifo_client._gen.models.limits import Limits
from tifo_client._gen.models.list_jobs_state import ListJobsState
from tifo_client._gen.models.loudness import Loudness
from tifo_client._gen.models.member import Member
from tifo_client._gen.models.member_list import MemberList
from tifo_client._gen.models.member_request import MemberRequest
from tifo_client._gen.models.member_role import MemberRole
from tifo_client._gen.models.model_check import ModelCheck
from tifo_client._gen.models.model_check_page import ModelCheckPage
from tifo_client._gen.models.model_placement import ModelPlacement
from tifo_client._gen.models.model_verdict import ModelVerdict
from tifo_client._gen.models.musical_key import MusicalKey
from tifo_client._gen.models.new_api_key import NewApiKey
from tifo_client._gen.models.new_organisation import NewOrganisation
from tifo_client._gen.models.operation_cost import OperationCost
from tifo_client._gen.models.operation_cost_cost import OperationCostCost
from tifo_client._gen.models.organisation import Organisation
from tifo_client._gen.models.patched_change_organisation_request import (
    PatchedChangeOrganisationRequest,
)
from tifo_client._gen.models.patient_timeline import PatientTimeline
from tifo_client._gen.models.placement import Placement
from tifo_client._gen.models.placements import Placements
from tifo_client._gen.models.problem import Problem
from tifo_client._gen.models.problem_errors_item import ProblemErrorsItem
from tifo_client._gen.models.problem_policies_item import ProblemPoliciesItem
from tifo_client._gen.models.problem_policies_item_upgrade import ProblemPoliciesItemUpgrade
from tifo_client._gen.models.published_limit import PublishedLimit
from tifo_client._gen.models.published_tier import PublishedTier
from tifo_client._gen.models.raise_trigger_request import RaiseTriggerRequest
from tifo_client._gen.models.raise_trigger_request_payload import RaiseTriggerRequestPayload
from tifo_client._gen.models.record_interactions_request import RecordInteractionsRequest
from tifo_client._gen.models.record_usage_events_request import RecordUsageEventsRequest
from tifo_client._gen.models.recorded_interactions import RecordedInteractions
from tifo_client._gen.models.recorded_usage_events import RecordedUsageEvents
from tifo_client._gen.models.refusal_kind import RefusalKind
from tifo_client._gen.models.refusal_row import RefusalRow
from tifo_client._gen.models.refusals import Refusals
from tifo_client._gen.models.register_kiosk_request import RegisterKioskRequest
from tifo_client._gen.models.registered_kiosk import RegisteredKiosk
from tifo_client._gen.models.report_telemetry_request import ReportTelemetryRequest
from tifo_client._gen.models.request_effect_request import RequestEffectRequest
from tifo_client._gen.models.request_effect_request_parameters import RequestEffectRequestParameters
from tifo_client._gen.models.result_file import ResultFile
from tifo_client._gen.models.rotate_api_key_request import RotateApiKeyRequest
from tifo_client._gen.models.score import Score
from tifo_client._gen.models.score_parts import ScoreParts
from tifo_client._gen.models.score_type import ScoreType
from tifo_client._gen.models.secret_scanning import SecretScanning
from tifo_client._gen.models.section import Section
from tifo_client._gen.models.session import Session
from tifo_client._gen.models.session_page import SessionPage
from tifo_client._gen.models.session_state import SessionState
from tifo_client._gen.models.sign_up_request import SignUpRequest
from tifo_client._gen.models.silence import Silence
from tifo_client._gen.models.simulate_request import SimulateRequest
from tifo_client._gen.models.simulate_request_cost import SimulateRequestCost
from tifo_client._gen.models.simulated_call import SimulatedCall
from tifo_client._gen.models.simulated_timeline import SimulatedTimeline
from tifo_client._gen.models.simulation import Simulation
from tifo_client._gen.models.simulation_cost import SimulationCost
from tifo_client._gen.models.stream_warning import StreamWarning
from tifo_client._gen.models.stream_warning_type import StreamWarningType
from tifo_client._gen.models.strictness import Strictness
from tifo_client._gen.models.target_request import TargetRequest
from tifo_client._gen.models.telemetry_answer import TelemetryAnswer
from tifo_client._gen.models.telemetry_reading import TelemetryReading
from tifo_client._gen.models.telemetry_reading_page import TelemetryReadingPage
from tifo_client._gen.models.tempo import Tempo
from tifo_client._gen.models.tempo_alternative import TempoAlternative
from tifo_client._gen.models.thermal import Thermal
from tifo_client._gen.models.ticket import Ticket
from tifo_client._gen.models.tier_list import TierList
from tifo_client._gen.models.timeline import Timeline
from tifo_client._gen.models.timeline_curve import TimelineCurve
from tifo_client._gen.models.track import Track
from tifo_client._gen.models.track_page import TrackPage
from tifo_client._gen.models.transformer import Transformer
from tifo_client._gen.models.trigger import Trigger
from tifo_client._gen.models.trigger_payload import TriggerPayload
from tifo_client._gen.models.trigger_target import TriggerTarget
from tifo_client._gen.models.trigger_warning import TriggerWarning
from tifo_client._gen.models.upgrade import Upgrade
from tifo_client._gen.models.upgrade_by import UpgradeBy
from tifo_client._gen.models.usage import Usage
from tifo_client._gen.models.usage_jobs import UsageJobs
from tifo_client._gen.models.usage_meters import UsageMeters
from tifo_client._gen.models.view_link import ViewLink
from tifo_client._gen.models.zone_second import ZoneSecond
from tifo_client._gen.models.zone_second_page import ZoneSecondPage

__all__ = [
    "Accelerator",
    "AcknowledgeCueRequest",
    "AddressLimit",
    "Advice",
    "ApiKey",
    "ApiKeyPage",
    "Audience",
    "AudioUploadRequest",
    "Beat",
    "BeatsPerBar",
    "CapReason",
    "Capability",
    "Caps",
    "CheckModelRequest",
    "Clip",
    "ClipPage",
    "Container",
    "CreateApiKeyRequest",
    "CreateDeviceTicketRequest",
    "CreateSessionRequest",
    "CreateTicketRequest",
    "Cue",
    "CueCounts",
    "CueKind",
    "CuePage",
    "CuePayload",
    "CueState",
    "Degraded",
    "DeviceCue",
    "DeviceCuePayload",
    "DeviceCues",
    "DeviceTicket",
    "Effect",
    "EffectCatalogue",
    "EffectChain",
    "EffectKind",
    "EffectPage",
    "EffectParameter",
    "EffectParameters",
    "HeardFrames",
    "InteractionKind",
    "InteractionRequest",
    "InteractionSummary",
    "InvoiceLine",
    "InvoicePreview",
    "Job",
    "JobFailure",
    "JobPage",
    "JobState",
    "KeyState",
    "Kiosk",
    "KioskPage",
    "LeakLabel",
    "LeakReportRequest",
    "LeakVerdict",
    "LeakedKeys",
    "LimitAlgorithm",
    "LimitScope",
    "LimitState",
    "Limits",
    "ListJobsState",
    "Loudness",
    "Member",
    "MemberList",
    "MemberRequest",
    "MemberRole",
    "ModelCheck",
    "ModelCheckPage",
    "ModelPlacement",
    "ModelVerdict",
    "MusicalKey",
    "NewApiKey",
    "NewOrganisation",
    "OperationCost",
    "OperationCostCost",
    "Organisation",
    "PatchedChangeOrganisationRequest",
    "PatientTimeline",
    "Placement",
    "Placements",
    "Problem",
    "ProblemErrorsItem",
    "ProblemPoliciesItem",
    "ProblemPoliciesItemUpgrade",
    "PublishedLimit",
    "PublishedTier",
    "RaiseTriggerRequest",
    "RaiseTriggerRequestPayload",
    "RecordInteractionsRequest",
    "RecordUsageEventsRequest",
    "RecordedInteractions",
    "RecordedUsageEvents",
    "RefusalKind",
    "RefusalRow",
    "Refusals",
    "RegisterKioskRequest",
    "RegisteredKiosk",
    "ReportTelemetryRequest",
    "RequestEffectRequest",
    "RequestEffectRequestParameters",
    "ResultFile",
    "RotateApiKeyRequest",
    "Score",
    "ScoreParts",
    "ScoreType",
    "SecretScanning",
    "Section",
    "Session",
    "SessionPage",
    "SessionState",
    "SignUpRequest",
    "Silence",
    "SimulateRequest",
    "SimulateRequestCost",
    "SimulatedCall",
    "SimulatedTimeline",
    "Simulation",
    "SimulationCost",
    "StreamWarning",
    "StreamWarningType",
    "Strictness",
    "TargetRequest",
    "TelemetryAnswer",
    "TelemetryReading",
    "TelemetryReadingPage",
    "Tempo",
    "TempoAlternative",
    "Thermal",
    "Ticket",
    "TierList",
    "Timeline",
    "TimelineCurve",
    "Track",
    "TrackPage",
    "Transformer",
    "Trigger",
    "TriggerPayload",
    "TriggerTarget",
    "TriggerWarning",
    "Upgrade",
    "UpgradeBy",
    "Usage",
    "UsageJobs",
    "UsageMeters",
    "ViewLink",
    "ZoneSecond",
    "ZoneSecondPage",
]
