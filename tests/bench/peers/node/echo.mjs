// Gives each event back. aws-lambda-ric parses and serialises JSON whatever the handler does.
export const handler = async (event) => event;
