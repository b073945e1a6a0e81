"""How sure an AP is: intervals by resampling the images."""
