/** Why a lab cannot be asked for something; the command line and the API know these by name. */

/** A lab without a history. */
export class NoSuchLab extends Error {
  override readonly name = 'NoSuchLab';
  constructor(
    readonly lab: string,
    readonly known: readonly string[],
  ) {
    super(`no lab ${lab} here; ${known.length === 0 ? 'there is none yet' : `there are ${known.join(', ')}`}`);
  }
}

/** A lab of this name already has a history, and the caller did not ask to replace it. */
export class LabExists extends Error {
  override readonly name = 'LabExists';
  constructor(readonly lab: string) {
    super(`lab ${lab} exists already; --replace starts it again and deletes its history`);
  }
}

/** A command is repeated with another bundle than the one that it began the lab with. */
export class BundleDiffers extends Error {
  override readonly name = 'BundleDiffers';
  constructor(readonly lab: string) {
    super(
      `lab ${lab} was begun by this very command with another bundle, and keeps that history; send the bundle as a new command`,
    );
  }
}

/** The lab was destroyed, or its engine halted: its history can be read, and nothing comes after it. */
export class LabEnded extends Error {
  override readonly name = 'LabEnded';
  constructor(
    readonly lab: string,
    readonly reason: string,
  ) {
    super(`lab ${lab} has ended (${reason}); its history can be read, and nothing comes after it`);
  }
}

/** The line is not a command, or not one that this lab accepts; nothing is recorded. */
export class InvalidCommand extends Error {
  override readonly name = 'InvalidCommand';
}

/** Another controller owns the lab now; it carries the command out. */
export class LabElsewhere extends Error {
  override readonly name = 'LabElsewhere';
  constructor(lab: string) {
    super(`lab ${lab} went to another controller`);
  }
}

/** The service closes. What is recorded of the command stays; whoever runs the lab next finishes it. */
export class ServiceClosing extends Error {
  override readonly name = 'ServiceClosing';
  constructor(lab: string) {
    super(`the service that runs lab ${lab} is closing`);
  }
}

/** Somebody ended the step, or what waited for it. What is recorded of it stays; the lab's next command finishes it first. */
export class StepCancelled extends Error {
  override readonly name = 'StepCancelled';
  constructor(lab: string) {
    super(`what lab ${lab} was at was cancelled; what is recorded stays`);
  }
}
