"""What becomes of one message: opened, read, admitted, advanced, applied.

`process.process` is the main path and names every step in order: `opening` peels the layers,
`reading` gives the submission, `admission` says who asks and whether they may, `workflows.engine`
advances the case, and `apply` turns the step into rows. Nothing is sent here.

Not here: the rules of the procedures, and the making of mails.
"""
