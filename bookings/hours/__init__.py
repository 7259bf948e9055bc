"""Who works when: weekly hours, single days, time off, closed days."""
