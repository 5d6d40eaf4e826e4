// The bundle without three.js: tools that show no tree.

import { mountChannelBuilder } from "./channel_builder";
import { mountClamps } from "./clamps";
import { mountFitter } from "./fitter";
import { widget } from "./render";
import { mountRunControl } from "./run_control";
import { mountSensitivity } from "./sensitivity";
import { mountTraces } from "./traces";
import { mountVariableTimeStep } from "./variable_time_step";

export default widget({
  traces: mountTraces,
  clamps: mountClamps,
  run_control: mountRunControl,
  channel_builder: mountChannelBuilder,
  sensitivity: mountSensitivity,
  fitter: mountFitter,
  variable_time_step: mountVariableTimeStep,
});
