"""What the tests of `csae force` share: the YAML of a force in an invented system."""

from pathlib import Path

YAML = """source: "44"
name: Sampleshire Police
status: live
owner: {team: Data team, contact: data@sampleshire.example}
delivery: {mode: delta, due: "daily 03:00"}

layouts:
  - valid_from: 2026-09-01
    extracts:
      crimes:
        files: CRIME_*.csv
        format: {type: delimited, delimiter: "|", encoding: cp1252}
        crime:
          columns:
            crime_ref:          {from: CrimeNumber, required: true}
            recorded_on:        {from: DateRecorded, date: dd/mm/yyyy, required: true}
            is_online:          {from: OnlineYN, map: yes_no}
            transfer_direction: {from: TransferForce, extract: '^(TO|FROM) ', map: {TO: out, FROM: in}}
            transfer_force:     {from: TransferForce, extract: ' (..)$'}
      people:
        files: NOMINAL_*.csv
        format: {type: delimited, delimiter: "|", encoding: cp1252}
        involvement:
          columns:
            crime_ref:              {from: CrimeNumber, required: true}
            role:                   {from: Role, map: {Suspect: suspect, Victim: victim}, required: true}
            date_of_birth:          {from: DOB, date: dd/mm/yyyy}
            sex:                    {from: Sex, map: {Male: M, Female: F}}
            self_defined_ethnicity: {from: SDE, split: " - ", take: first, codes: self_defined_2021}
            nationalities:          {from: Nationality, split: "/", codes: nationality_demonym}

maps:
  yes_no: {Y: "true", N: "false"}
codes:
  # The 2021 set but for one code.
  self_defined_2021: {O2: O2, W4: W4}
bounds:
  crimes: {min: 1, max: 5000}
"""
PATH = Path("44_sampleshire.yml")
