"""Run the notebooks beside this file again and write them back, without times and machine names.

python docs/notebooks/execute.py
"""

from __future__ import annotations

import os
from pathlib import Path

import nbformat
from nbclient import NotebookClient

#: Figures of pyplot are shown in the notebook, whatever backend is set outside.
_ENVIRONMENT = {**os.environ, "MPLBACKEND": "module://matplotlib_inline.backend_inline", "COERCION_SIM_PROGRESS": "0"}


def executed(path: Path) -> nbformat.NotebookNode:
    """The notebook with the outputs of running it now."""
    notebook = nbformat.read(path, as_version=4)
    where = {"metadata": {"path": str(path.parent)}}
    NotebookClient(notebook, timeout=600, kernel_name="python3", resources=where).execute(env=_ENVIRONMENT)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if "outputs" in cell:  # warnings name files of this machine
            cell.outputs = [o for o in cell.outputs if o.get("name") != "stderr"]
    notebook.metadata["language_info"] = {"name": "python"}
    return notebook


if __name__ == "__main__":
    for path in sorted(Path(__file__).parent.glob("*.ipynb")):
        nbformat.write(executed(path), path)
        print(path)
