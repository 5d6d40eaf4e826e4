"""How JAX is set up for cable equations: precision, compiler flags and the compilation cache.

`import rheobase` calls `configure()` once. Each choice can be declined through the environment:

- `RHEOBASE_X64=0` leaves JAX in float32 (the process default of JAX);
- `XLA_FLAGS` that already name an option keep their own value;
- `RHEOBASE_CACHE=off` keeps no compiled programs between processes, and any other value names the
  folder to keep them in. A cache folder that JAX was given already is left alone.
"""

import hashlib
import logging
import os
import platform
from importlib.metadata import version
from pathlib import Path

from platformdirs import user_cache_path

# A time step is a loop of small operations. Below this size XLA's CPU backend compiles a whole loop to
# one native function instead of dispatching each operation: five times faster for one compartment.
_NATIVE_LOOP_BYTES = 16 * 1024 * 1024

_log = logging.getLogger("rheobase")

_FLAGS = {
    "xla_cpu_prefer_vector_width": "512",
    "xla_backend_extra_options": f"xla_cpu_small_while_loop_byte_threshold={_NATIVE_LOOP_BYTES}",
}


def configure() -> None:
    """Set JAX up for the process; safe to call again."""
    _set_compiler_flags()
    import jax

    if os.environ.get("RHEOBASE_X64", "1") != "0":
        jax.config.update("jax_enable_x64", True)
    _keep_compiled_programs()


def _set_compiler_flags() -> None:
    # XLA reads the variable when its backend starts; later changes have no effect and do no harm.
    flags = os.environ.get("XLA_FLAGS", "")
    added = [f"--{name}={value}" for name, value in _FLAGS.items() if name not in flags]
    os.environ["XLA_FLAGS"] = " ".join([flags, *added]).strip()


def _keep_compiled_programs() -> None:
    import jax

    choice = os.environ.get("RHEOBASE_CACHE", "")
    if choice == "off" or getattr(jax.config, "jax_compilation_cache_dir", None):
        return
    root = Path(choice) if choice else user_cache_path("rheobase", appauthor=False)
    folder = root / f"jaxlib-{version('jaxlib')}-{_processor()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        _log.info("compiled programs are not kept between processes: %s", error)
        return
    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)


def _processor() -> str:
    """A short name of the processor's features: native code made for another would crash."""
    features = platform.processor() or platform.machine()
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith(("flags", "Features")):
                features += line
                break
    except OSError:
        features += platform.version()
    return f"{platform.machine()}-{hashlib.sha256(features.encode()).hexdigest()[:8]}"
