@echo off
rem Activates this virtual environment in cmd. `deactivate` undoes it.

if defined _OLD_VIRTUAL_PROMPT set "PROMPT=%_OLD_VIRTUAL_PROMPT%"
if defined _OLD_VIRTUAL_PYTHONHOME set "PYTHONHOME=%_OLD_VIRTUAL_PYTHONHOME%"
if defined _OLD_VIRTUAL_PATH set "PATH=%_OLD_VIRTUAL_PATH%"
set _OLD_VIRTUAL_PROMPT=
set _OLD_VIRTUAL_PYTHONHOME=

for %%i in ("%~dp0..") do set "VIRTUAL_ENV=%%~fi"
set "VIRTUAL_ENV_PROMPT=@PROMPT@"

if not defined PROMPT set "PROMPT=$P$G"
if not defined VIRTUAL_ENV_DISABLE_PROMPT (
    set "_OLD_VIRTUAL_PROMPT=%PROMPT%"
)
if not defined VIRTUAL_ENV_DISABLE_PROMPT set "PROMPT=@PROMPT_PREFIX@%PROMPT%"

rem PYTHONHOME would lead the interpreter away from the environment.
if defined PYTHONHOME set "_OLD_VIRTUAL_PYTHONHOME=%PYTHONHOME%"
set PYTHONHOME=

set "_OLD_VIRTUAL_PATH=%PATH%"
set "PATH=%VIRTUAL_ENV%\@SCRIPTS@;%PATH%"
