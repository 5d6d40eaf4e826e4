"""What is the same in every script."""

LOADER = '''
MECHANISMS = @MECHANISMS@
MODS = Path(__file__).resolve().parent / @FOLDER@


def compiled():
    """The libraries that nrnivmodl made of the .mod files beside this script."""
    names = ("libnrnmech.so", "libnrnmech.dylib", "nrnmech.dll")
    return [path for name in names for path in MODS.rglob(name)]


def load_mechanisms():
    """Load the mechanisms of the .mod files beside this script, which are compiled first where they are not yet."""
    if all(hasattr(h, name) for name in MECHANISMS):
        return
    newest = max(path.stat().st_mtime for path in MODS.glob("*.mod"))
    libraries = compiled()
    if not libraries or libraries[0].stat().st_mtime < newest:
        places = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
        compiler = shutil.which("nrnivmodl", path=places)
        if compiler is None:
            raise RuntimeError(f"NEURON's nrnivmodl is not to be found: compile the files in {MODS} by hand")
        done = subprocess.run([compiler], cwd=MODS, capture_output=True, text=True)
        libraries = compiled()
        if done.returncode or not libraries:
            raise RuntimeError(f"nrnivmodl could not compile the files in {MODS}:\\n{done.stdout}{done.stderr}")
    h.nrn_load_dll(str(libraries[0]))


load_mechanisms()
'''

ALONG = '''
def along(sections, variable, values):
    """Give each segment of some sections its own value, in order."""
    segments = [seg for sec in sections for seg in sec]
    for seg, value in zip(segments, values):
        setattr(seg, variable, value)
'''

POSITION = '''
def connect2target(self, target, threshold=10):
    """A NetCon from the spikes of this cell to a synapse."""
    nc = h.NetCon(self.@ROOT@(0.5)._ref_v, target, sec=self.@ROOT@)
    nc.threshold = threshold
    return nc

def position(self, x, y, z):
    """Move the cell by as much as (x, y, z), in um, is from where it was put last; at first that is (0, 0, 0)."""
    if any(sec.n3d() == 0 for sec in self.all):
        h.define_shape()
    for sec in self.all:
        for k in range(sec.n3d()):
            at = (sec.x3d(k) + x - self.x, sec.y3d(k) + y - self.y, sec.z3d(k) + z - self.z)
            sec.pt3dchange(k, *at, sec.diam3d(k))
    self.x, self.y, self.z = x, y, z
'''

MAIN = '''
def main():
    """Run the protocol and print, or write to a file, what it records."""
    parser = argparse.ArgumentParser(description="Run the protocol, print what it records as comma-separated values.")
    parser.add_argument("-o", "--output", metavar="FILE", help="write the values to a file instead")
    parser.add_argument("--tstop", type=float, metavar="MS", help="length of the run, ms")
    given = parser.parse_args()
    recorded = run() if given.tstop is None else run(tstop=given.tstop)
    out = open(given.output, "w", newline="") if given.output else sys.stdout
    with out:
        writer = csv.writer(out, lineterminator="\\n")
        writer.writerow(recorded)
        writer.writerows(zip(*recorded.values()))


if __name__ == "__main__":
    main()
'''
