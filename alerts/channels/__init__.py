"""The ways to tell somebody of a case, one file each; a new one adds its line to CHANNELS."""

from __future__ import annotations

from alerts.channels import chat, email, webhook
from alerts.channels.base import Channel

CHANNELS: tuple[Channel, ...] = (
    email.CHANNEL,
    webhook.CHANNEL,
    chat.CHANNEL,
)

__all__ = ["CHANNELS", "Channel"]
