"""Layer 2: the world outside the automation: people, systems, links, channels, desks. It makes logs, judges nothing."""

from simulator.world.setting import Setting
from simulator.world.world import World

__all__ = ["Setting", "World"]
