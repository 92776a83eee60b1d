# Gives each event back. awslambdaric parses and serialises JSON whatever the handler does.
def handler(event, context):
    return event
