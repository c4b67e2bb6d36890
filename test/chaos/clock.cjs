// Loaded into a bridge before its program: SIGUSR2 has the clock of this process jump, and jump back at the next one.
const RealDate = Date
const shiftMs = Number(process.env.CHAOS_CLOCK_SHIFT_MS)
let isShifted = false

class JumpingDate extends RealDate {
  constructor(...values) {
    if (values.length === 0) super(JumpingDate.now())
    else super(...values)
  }

  static now() {
    return RealDate.now() + (isShifted ? shiftMs : 0)
  }
}

globalThis.Date = JumpingDate
process.on('SIGUSR2', () => {
  isShifted = !isShifted
})
